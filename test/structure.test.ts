/** The checkout keeps its own rules, and every rule reports the tree that breaks it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { mayImport } from '../scripts/structure/direction.ts';
import { checkStructure } from '../scripts/structure/rules.ts';
import { readTree } from '../scripts/structure/tree.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('this checkout breaks no rule', () => {
  expect(checkStructure(readTree(path.dirname(import.meta.dirname)))).toEqual([]);
});

test('a small tree in order has no findings', () => {
  expect(findingsOf({})).toEqual([]);
});

describe('direction', () => {
  test('a concept that imports another concept', () => {
    const findings = findingsOf({ 'agents/src/index.ts': "import type { Turn } from '@guildhall/sessions';\n" });
    expect(findings).toEqual(['agents/src/index.ts:1 [direction] agents may not import @guildhall/sessions; it stands on protocol, kernel, authority']);
  });

  test('an import uphill, also a dynamic one', () => {
    expect(findingsOf({ 'kernel/src/index.ts': "export const late = () => import('@guildhall/authority');\n" })).toEqual([
      'kernel/src/index.ts:1 [direction] kernel may not import @guildhall/authority; it stands on protocol',
    ]);
  });

  test('a dependency uphill in a package.json', () => {
    const manifest = manifestOf('cli', { dependencies: { '@guildhall/kernel': '0.1.0' } });
    expect(findingsOf({ 'cli/package.json': manifest })).toContain(
      'cli/package.json [direction] cli may not depend on @guildhall/kernel; it stands on protocol',
    );
  });

  test('an import of what a package does not export', () => {
    expect(findingsOf({ 'daemon/src/index.ts': "import '@guildhall/store/src/rows.ts';\n" })).toEqual([
      'daemon/src/index.ts:1 [direction] @guildhall/store does not export ./src/rows.ts; import what its package.json exports',
    ]);
  });

  test('a relative path into another package, also from a test', () => {
    const findings = findingsOf({ 'daemon/test/a.test.ts': "import '../../store/src/index.ts';\n" });
    expect(findings).toEqual(['daemon/test/a.test.ts:1 [direction] "../../store/src/index.ts" reaches into the package store; import @guildhall/store']);
  });

  test('a double of another test is in order for a test, not for source', () => {
    expect(findingsOf({ 'daemon/test/a.test.ts': "import '../../store/test/double.ts';\n" })).toEqual([]);
    expect(findingsOf({ 'daemon/src/index.ts': "import '../../store/test/double.ts';\n" })).toEqual([
      'daemon/src/index.ts:1 [direction] "../../store/test/double.ts" reaches into the package store; import @guildhall/store',
    ]);
  });

  test('source that imports the scripts or its own tests', () => {
    const findings = findingsOf({ 'store/src/index.ts': "import '../../scripts/apt.ts';\nimport '../test/rows.ts';\n" });
    expect(findings).toEqual([
      'store/src/index.ts:1 [direction] "../../scripts/apt.ts" leaves the package store',
      'store/src/index.ts:2 [direction] source may not import tests: "../test/rows.ts"',
    ]);
  });

  test('a package that has no place in the order', () => {
    const manifest = JSON.stringify({ name: 'guildhall', version: '0.1.0', workspaces: ['extra'] });
    const findings = findingsOf({ 'package.json': manifest, 'extra/package.json': manifestOf('extra', {}) });
    expect(findings).toContain('extra/package.json [direction] the package extra has no place in the order; give it one in scripts/structure/direction.ts');
  });

  test('the order itself has no way back up', () => {
    const reaches = (from: string, seen: readonly string[] = []): readonly string[] =>
      (mayImport[from] ?? []).flatMap((next) => (seen.includes(next) ? [] : [next, ...reaches(next, [...seen, next])]));
    for (const member of Object.keys(mayImport)) expect(reaches(member)).not.toContain(member);
  });
});

describe('cycles', () => {
  test('three files in a ring, one link a type only', () => {
    const findings = findingsOf({
      'store/src/a.ts': "import { b } from './b.ts';\nexport const a = b;\n",
      'store/src/b.ts': "export { c as b } from './c.ts';\n",
      'store/src/c.ts': "import type { a } from './a.ts';\nexport const c: typeof a = 1;\n",
    });
    expect(findings).toEqual(['store/src/a.ts [cycles] imports itself: store/src/a.ts → store/src/b.ts → store/src/c.ts → store/src/a.ts']);
  });

  test('a file that imports its own package', () => {
    const findings = findingsOf({ 'store/src/index.ts': "export * from './rows.ts';\n", 'store/src/rows.ts': "import '@guildhall/store';\n" });
    expect(findings).toEqual(['store/src/index.ts [cycles] imports itself: store/src/index.ts → store/src/rows.ts → store/src/index.ts']);
  });
});

describe('sizes', () => {
  test('600 lines are in order, 601 are not', () => {
    const lines = (count: number) => '// a line\n'.repeat(count);
    expect(findingsOf({ 'store/src/long.ts': lines(600) })).toEqual([]);
    expect(findingsOf({ 'store/src/long.ts': lines(601) })).toEqual(['store/src/long.ts [sizes] 601 lines; 600 is the most. Split it by purpose']);
  });
});

describe('names', () => {
  test.each(['utils', 'shared', 'common', 'helpers', 'manager', 'service'])('a file or folder called %s', (word) => {
    const text = 'export const one = 1;\n';
    expect(findingsOf({ [`store/src/row-${word}.ts`]: text, [`store/src/${word}/rows.ts`]: text })).toHaveLength(2);
  });

  test.each(['RowManager', 'RowHelper', 'RowImpl', 'IRow', 'rowUtils'])('an export called %s', (name) => {
    expect(findingsOf({ 'store/src/rows.ts': `export const ${name} = 1;\n` })).toEqual([
      `store/src/rows.ts [names] export "${name}": say what it is, without the empty word`,
    ]);
  });
});

describe('reach', () => {
  test.each([
    ['process.env.HOME', 'environment'],
    ["process['env']", 'environment'],
    ['Date.now()', 'kernel'],
    ['new Date()', 'kernel'],
    ['Math.random()', 'kernel'],
    ['performance.now()', 'kernel'],
    ['setTimeout(() => {}, 1)', 'kernel'],
    ['globalThis.setInterval(() => {}, 1)', 'kernel'],
    ['crypto.randomUUID()', 'kernel'],
  ])('%s in a package that has no business with it', (expression, reason) => {
    const findings = findingsOf({ 'sessions/src/index.ts': `export const value = ${expression};\n` });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain('sessions/src/index.ts:1 [reach]');
    expect(findings[0]).toContain(reason);
  });

  test.each(['node:fs', 'node:fs/promises', 'node:net', 'node:child_process', 'node:http', 'node:os', 'node:sqlite'])(
    '%s in a package that only decides',
    (specifier) => {
      expect(findingsOf({ 'authority/src/index.ts': `import '${specifier}';\n` })).toHaveLength(1);
      expect(findingsOf({ 'tools/src/index.ts': `import '${specifier}';\n` })).toEqual([]);
    },
  );

  test('randomness, the environment and timers by import', () => {
    const text = [
      "import { randomBytes, createHash } from 'node:crypto';",
      "import { env } from 'node:process';",
      "import { setImmediate, setTimeout } from 'node:timers/promises';",
    ].join('\n');
    expect(findingsOf({ 'daemon/src/index.ts': text }).map((finding) => finding.split(']')[0])).toEqual([
      'daemon/src/index.ts:1 [reach',
      'daemon/src/index.ts:2 [reach',
      'daemon/src/index.ts:3 [reach',
    ]);
  });

  test('the places where each belongs are in order', () => {
    expect(
      findingsOf({
        'kernel/src/clock.ts': 'export const now = () => Date.now();\n',
        'daemon/src/environment.ts': 'export const home = process.env;\n',
        'cli/src/wait.ts': 'export const wait = () => setTimeout(() => {}, 1);\n',
        'store/test/rows.test.ts': 'export const home = process.env;\nexport const now = Date.now();\n',
        'sessions/src/index.ts': "export const word = 'Date.now() and process.env in a text';\nexport const day = (ms: number) => new Date(ms);\n",
      }),
    ).toEqual([]);
  });
});

describe('strangers', () => {
  // The tilde keeps these lines themselves in order.
  test.each([
    'see P~-20',
    'C~-184 applies',
    'copied from ../sha~red/design.md',
    'cd /wo~rk/main',
    'https://registry.npm~js.org/zod',
    '// TO~DO: later',
    'FIX~ME',
    'not imple~mented yet',
  ])('%s', (marked) => {
    const findings = findingsOf({ 'docs/page.md': `# Page\n\n${marked.replace('~', '')}\n` });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain('docs/page.md:3 [strangers]');
  });
});

describe('casts', () => {
  test('a value talked into another type', () => {
    const findings = findingsOf({ 'store/src/rows.ts': 'export const one = (1 as unknown as string).length;\nexport const two = 1 as unknown;\n' });
    expect(findings).toEqual(['store/src/rows.ts:1 [casts] `as unknown as` hides a wrong type; check the value, or mend the type']);
  });
});

describe('links', () => {
  test('a link and a marked path to what is not there', () => {
    const text = '# Page\n\nSee [the rows](../store/src/rows.ts) and `store/test/rows.test.ts`.\n';
    expect(findingsOf({ 'docs/page.md': text })).toEqual([
      'docs/page.md:3 [links] ../store/src/rows.ts does not exist',
      'docs/page.md:3 [links] store/test/rows.test.ts does not exist',
    ]);
  });

  test('links to what is there, to folders and to the world are in order', () => {
    const text = '# Page\n\n[a](../store/src/index.ts#top) [b](../store/) `store/src/index.ts` `store/src` [c](https://example.org/x) [d](#page)\n';
    expect(findingsOf({ 'docs/page.md': text })).toEqual([]);
    expect(findingsOf({ 'store/AGENTS.md': '`test/rows.ts`\n', 'store/test/rows.ts': '' })).toEqual([]);
  });
});

describe('lockfile', () => {
  const zod = { version: '4.6.7', integrity: 'sha512-abc' };

  test('a missing lockfile', () => {
    expect(findingsOf({ 'package-lock.json': null })).toEqual(['package-lock.json [lockfile] is missing; run npm install']);
  });

  test('a range instead of a version', () => {
    const manifest = manifestOf('store', { dependencies: { zod: '^4.6.7' } });
    expect(findingsOf({ 'store/package.json': manifest })[0]).toBe('store/package.json [lockfile] zod is asked for as "^4.6.7"; name one exact version');
  });

  test('a manifest the lockfile does not know', () => {
    const manifest = manifestOf('store', { dependencies: { zod: '4.6.7' } });
    expect(findingsOf({ 'store/package.json': manifest })).toEqual([
      'package-lock.json [lockfile] dependencies of "store" disagree on zod: 4.6.7 in package.json, absent here; run npm install',
    ]);
  });

  test.each([
    [{ ...zod, resolved: 'https://example.org/zod.tgz' }, 'names the host it came from'],
    [{ version: '4.6.7' }, 'has no integrity hash'],
    [{ ...zod, hasInstallScript: true }, 'needs an install script at run time'],
    [{ ...zod, optionalDependencies: { 'zod-win-x64': '4.6.7' } }, 'may want zod-win-x64, which has no entry'],
  ])('an entry %o', (entry, message) => {
    const findings = findingsOf({ 'package-lock.json': lockOf({ 'node_modules/zod': entry }) });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(message);
  });
});

const members = Object.keys(mayImport);

/** Writes a small checkout in order with `changes` on top (null removes a file) and returns the findings as the command prints them. */
function findingsOf(changes: Readonly<Record<string, string | null>>): readonly string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'guildhall-structure-'));
  folders.push(root);
  const files: Record<string, string | null> = {
    'package.json': JSON.stringify({ name: 'guildhall', version: '0.1.0', workspaces: members }),
    'package-lock.json': lockOf({}),
    ...Object.fromEntries(
      members.flatMap((member) => [
        [`${member}/package.json`, manifestOf(member, {})],
        [`${member}/src/index.ts`, ''],
      ]),
    ),
    ...changes,
  };
  for (const [file, text] of Object.entries(files)) {
    if (text === null) continue;
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return checkStructure(readTree(root)).map(({ rule, file, line, message }) => `${file}${line === undefined ? '' : `:${line}`} [${rule}] ${message}`);
}

function manifestOf(member: string, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ name: `@guildhall/${member}`, version: '0.1.0', exports: { '.': './src/index.ts' }, ...fields });
}

function lockOf(packages: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ packages: { '': {}, ...Object.fromEntries(members.map((member) => [member, {}])), ...packages } });
}
