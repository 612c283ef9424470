/** Verbs without a daemon, written small: enough of a configuration to be right, wrong and changed. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { done, refuse } from '@guildhall/protocol';
import type { LocalVerbs } from '../src/index.ts';

export function testLocalVerbs(home: string): LocalVerbs {
  return {
    async up({ port, config, signal, print }) {
      if (port === 1) return refuse('already-running', 'Process 4242 holds the database.', { pid: 4242 });
      print(`listening on ${port ?? 0} with ${config ?? 'no config'}`);
      const alive = setInterval(() => undefined, 60_000);
      if (!signal.aborted) await once(signal, 'abort');
      clearInterval(alive);
      print('stopped');
      return done(null);
    },
    defaultConfigFile: () => path.join(home, 'guildhall.yaml'),
    checkConfig(file) {
      if (!existsSync(file)) return Promise.resolve(refuse('not-found', `There is no file ${file}.`, { file }));
      const lines = readFileSync(file, 'utf8').split('\n');
      const line = lines.findIndex((text) => text.includes('modle'));
      const errors = line === -1 ? [] : [{ path: 'agents.coder', line: line + 1, column: 5, message: 'unknown key "modle"', hint: 'did you mean "model"?' }];
      return Promise.resolve(done({ valid: line === -1, errors }));
    },
    configSchema: () => Promise.resolve({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }),
    explainRoute: (file, query) =>
      Promise.resolve(
        done({
          agent: 'coder',
          tier: 1,
          rule: `${path.basename(file)} chat ${query.chat ?? 'any'}`,
          losers: [{ agent: 'main', tier: 7, rule: 'default', reason: 'less specific' }],
        }),
      ),
    diffConfigs: diffTexts,
    addAgent(text, { id, description, tools, model, binding }) {
      if (text.includes(`  ${id}:`)) return refuse('already-exists', `There is an agent "${id}" already.`, { agent: id });
      const facts = { description, tools: tools?.toString(), model, binding: binding === undefined ? undefined : JSON.stringify(binding) };
      const lines = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [`    ${name}: ${value}\n`]));
      return done(`${text === '' ? 'agents:\n' : text}  ${id}:\n${lines.join('')}`);
    },
    importAgents({ from, path: source }, { text }) {
      const changed = `${text}# from ${from} ${path.basename(source)}\n`;
      return Promise.resolve(done({ text: changed, diff: diffTexts(text, changed), notes: ['a tool has no counterpart'] }));
    },
    importOrgChart(source, { text }) {
      const changed = `${text}# roles of ${path.basename(source)}\n`;
      return Promise.resolve(done({ text: changed, diff: diffTexts(text, changed), notes: ['a role has no mission'] }));
    },
    restoreBackup(file) {
      if (!existsSync(file)) return Promise.resolve(refuse('not-found', `There is no file ${file}.`));
      return Promise.resolve(done({ database: path.join(home, 'guildhall.db'), previous: path.join(home, 'guildhall.db.before') }));
    },
  };
}

function diffTexts(from: string, to: string): string {
  return from === to ? '' : `--- from\n+++ to\n${linesOf(from, '-')}${linesOf(to, '+')}`;
}

function linesOf(text: string, mark: string): string {
  return text === ''
    ? ''
    : `${text
        .trimEnd()
        .split('\n')
        .map((line) => mark + line)
        .join('\n')}\n`;
}
