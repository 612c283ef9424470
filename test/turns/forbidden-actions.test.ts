import type { CallEffects } from '@guildhall/authority';
import type { ActionDefinition } from '@guildhall/protocol';
import { afterEach, expect, test } from 'vitest';
import { type World, createWorld, testTool } from './world.ts';

const effects: Readonly<Record<string, CallEffects>> = {
  reads: { kind: 'none' },
  writes_schema: { kind: 'known', paths: ['db/schema.sql'] },
  writes_notes: { kind: 'known', paths: ['notes.md'] },
  migrates: { kind: 'undecidable', argv: ['psql', '-c', 'drop table x'] },
  runs: { kind: 'undecidable', argv: ['make'] },
};
const rehearsal = JSON.stringify({
  rules: Object.keys(effects).map((tool) => ({ match: { text: tool }, steps: [{ call: { tool } }, { say: 'said: {result}' }] })),
});
const database: ActionDefinition = { tools: [], argv: [['psql']], hosts: [], paths: ['db/**'] };

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** What became of the call: it ran, was refused, or a person was asked and was not there. */
async function outcomes(forbidden: readonly string[], definitions: ReadonlyMap<string, ActionDefinition>): Promise<Record<string, string>> {
  const ran = new Set<string>();
  const tools = Object.entries(effects).map(([name, does]) =>
    testTool(
      name,
      async () => {
        ran.add(name);
        return { text: 'ran', isError: false };
      },
      { effects: () => does },
    ),
  );
  const world = await createWorld({ rehearsal, tools, deps: { actions: () => definitions, approvalTimeoutMs: () => 30 } });
  worlds.push(world);
  const became: Record<string, string> = {};
  for (const name of Object.keys(effects)) {
    const { answer = '' } = await world.ended(await world.accept(name, { chain: { forbidden } }));
    became[name] = ran.has(name) ? 'ran' : answer.includes('Refused by policy') ? 'refused' : answer.includes('Nobody said yes') ? 'asked' : answer;
  }
  return became;
}

test('what is forbidden is refused, what cannot be told is asked about, and everything else runs', async () => {
  expect(await outcomes(['db_write'], new Map([['db_write', database]]))).toEqual({
    reads: 'ran',
    writes_schema: 'refused',
    writes_notes: 'ran',
    migrates: 'refused',
    runs: 'asked',
  });
});

test('a name that nobody defined covers whatever has an effect', async () => {
  const refused = 'refused';
  expect(await outcomes(['something_new'], new Map())).toEqual({
    reads: 'ran',
    writes_schema: refused,
    writes_notes: refused,
    migrates: refused,
    runs: refused,
  });
});

test('without anything forbidden, effects are nobody’s business', async () => {
  expect(new Set(Object.values(await outcomes([], new Map([['db_write', database]]))))).toEqual(new Set(['ran']));
});
