/**
 * What code may touch of the world around it. The environment is read in one file of the daemon and one of the CLI; time, randomness and timers come from the
 * kernel; concepts touch no disk, network or process at all.
 */
import { Visitor, parseSync, type Expression, type Argument } from 'oxc-parser';
import { isCode, isSource, lineAt, memberOf, type TextFile, type Tree, type Violation } from './tree.ts';

const environmentReaders = ['daemon/src/environment.ts', 'cli/src/environment.ts'];

/** Where time, randomness and timers come from. The CLI, the page and the lanes' client stand on the protocol alone and have their own. */
const ambientSources = ['kernel/src/clock.ts', 'kernel/src/ids.ts', 'kernel/src/failpoint.ts'];
const ambientMembers = ['cli', 'web', 'lane-sdk'];

/** Packages that only decide. */
const pureMembers = ['protocol', 'kernel', 'authority', 'agents', 'sessions', 'board', 'roles', 'skills', 'schedules', 'handoffs'];
const worldModules = /^node:(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster|os|sqlite)(\/|$)/u;

/** `setImmediate` is absent on purpose: letting others have a turn is not waiting for a time. */
const ambientCalls = new Set(['setTimeout', 'setInterval']);
const ambientMembersOf: Readonly<Record<string, RegExp>> = {
  Date: /^now$/u,
  performance: /^now$/u,
  Math: /^random$/u,
  crypto: /^(random|getRandom)/u,
  globalThis: /^(setTimeout|setInterval)$/u,
};
const randomImports = /^(random|getRandom|generateKey)/u;

export function checkReach(tree: Tree): readonly Violation[] {
  return tree.files.filter((file) => isCode(file) && isSource(tree, file.path)).flatMap((file) => checkFile(memberOf(tree, file.path) ?? '', file));
}

function checkFile(member: string, file: TextFile): readonly Violation[] {
  const found: Violation[] = [];
  const report = (start: number, message: string): void => {
    found.push({ rule: 'reach', file: file.path, line: lineAt(file.text, start), message });
  };
  const mayBeAmbient = ambientMembers.includes(member) || ambientSources.includes(file.path);
  const ambient = (start: number, what: string): void => {
    if (!mayBeAmbient) report(start, `${what} comes from the kernel: take a Clock or Ids instead`);
  };
  const environment = (start: number): void => {
    if (!environmentReaders.includes(file.path))
      report(start, `the environment is read in ${environmentReaders.join(' and ')} only; take the value as an argument`);
  };
  const { program } = parseSync(file.path, file.text);
  new Visitor({
    ImportDeclaration(node) {
      const source = node.source.value;
      if (pureMembers.includes(member) && worldModules.test(source)) report(node.start, `${member} only decides; ${source} belongs behind a port`);
      for (const specifier of node.specifiers) {
        if (specifier.type !== 'ImportSpecifier') continue;
        const name = nameOf(specifier.imported);
        if (source === 'node:crypto' && randomImports.test(name)) ambient(specifier.start, name);
        if (/^node:timers(\/|$)/u.test(source) && name !== 'setImmediate') ambient(specifier.start, `${name} of ${source}`);
        if (source === 'node:process' && name === 'env') environment(specifier.start);
      }
    },
    MemberExpression(node) {
      if (node.object.type !== 'Identifier') return;
      const property = propertyOf(node.property, node.computed);
      if (node.object.name === 'process' && property === 'env') environment(node.start);
      if (ambientMembersOf[node.object.name]?.test(property) === true) ambient(node.start, `${node.object.name}.${property}`);
    },
    CallExpression(node) {
      if (node.callee.type !== 'Identifier') return;
      if (ambientCalls.has(node.callee.name) || node.callee.name === 'Date') ambient(node.start, `${node.callee.name}()`);
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) ambient(node.start, 'new Date()');
    },
  }).visit(program);
  return found;
}

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string {
  return node.name ?? String(node.value);
}

function propertyOf(node: Expression | Argument | { readonly type: string; readonly name?: string; readonly value?: unknown }, computed: boolean): string {
  if (!computed && 'name' in node && typeof node.name === 'string') return node.name;
  return 'value' in node && typeof node.value === 'string' ? node.value : '';
}
