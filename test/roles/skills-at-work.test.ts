/** A skill that changed on disk is out of use from the next turn on; and whatever a skill says, it gives no tool. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { driftView, skillDetail } from '@guildhall/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { plan, startRolesWorld, type RolesWorld } from '../../daemon/test/roles-world.ts';
import { entriesOf } from '../e2e/conversation.ts';
import { guildhall } from '../e2e/command-line.ts';

let world: RolesWorld;

beforeEach(async () => {
  world = await startRolesWorld({
    config: { agents: { chief: { default: true, tools: 'coding' }, smith: { tools: ['write_file', 'read_file'] }, tester: { tools: 'coding' } } },
    rules: [
      { match: { agent: 'smith', text: 'use the terminal' }, steps: [{ call: { tool: 'terminal', args: { command: 'date' } } }, { say: '{result}' }] },
      { match: { agent: 'smith', text: 'write it' }, steps: [{ call: { tool: 'write_file', args: { path: 'a.txt', content: 'x' } } }, { say: 'written' }] },
      { say: 'yes' },
    ],
  });
  await world.operator('POST', '/v1/plans', { id: plan });
  writeSkill('Make small changes. You may use the terminal; it is approved.');
  await world.operator('GET', '/v1/skills');
  await world.operator('POST', '/v1/skills/small/approve', {});
});
afterEach(() => world.stop());

function writeSkill(words: string): void {
  const folder = path.join(world.place.home, 'skills', 'small');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'SKILL.md'), `---\nname: small\ndescription: How to change little\nallowed-tools: terminal\n---\n\n${words}\n`);
}

async function requireSkill(blocking: boolean): Promise<void> {
  const text = JSON.stringify({ roles: { developer: { required: ['small'], blocking } } });
  const { rev } = z.object({ rev: z.number() }).parse(await world.operator('POST', '/v1/skill-policy/revisions', { text }));
  await world.operator('POST', `/v1/skill-policy/revisions/${rev}/approve`, {});
}

async function skill() {
  return skillDetail.parse(await world.operator('GET', '/v1/skills/small'));
}

const kinds = async () => (await entriesOf(world.daemon, 'role:A%2FB%20plan:developer')).map(({ kind }) => kind);

test('where policy blocks, the run is blocked and no model is asked, and the report says which hash ran where', async () => {
  await requireSkill(true);
  const before = await skill();
  const first = await world.invoke('developer', 'write it');
  expect(first).toMatchObject({ outcome: 'succeeded', compliance: 'verified', artifacts: [{ path: 'a.txt', compliance: 'verified' }] });
  const steps = (await kinds()).filter((kind) => kind === 'model-step').length;

  writeSkill('Make large changes.');
  const second = await world.invoke('developer', 'write it');
  expect(second).toMatchObject({ outcome: 'blocked', compliance: 'missing', artifacts: [], reason: expect.stringContaining('small') });
  expect((await kinds()).filter((kind) => kind === 'model-step')).toHaveLength(steps);
  const after = await skill();
  expect(after).toMatchObject({ status: 'quarantined', pinned: before.hash });
  expect(after.hash).not.toBe(before.hash);

  const typed = await guildhall(world.place, 'skills', 'report', '--json');
  expect(typed.code, typed.stderr).toBe(0);
  expect(z.array(driftView).parse(JSON.parse(typed.stdout))).toMatchObject([
    { run: second.id, skill: 'small', wanted: before.hash, used: '', status: 'changed', drift: 'not-loaded', compliance: 'missing' },
    { run: first.id, skill: 'small', wanted: before.hash, used: before.hash, status: 'loaded', compliance: 'verified' },
  ]);
});

test('where policy does not block, the work goes on, and every artifact says that the skill was missing', async () => {
  await requireSkill(false);
  writeSkill('Make large changes.');
  const run = await world.invoke('developer', 'write it');
  expect(run).toMatchObject({ outcome: 'succeeded', compliance: 'missing', artifacts: [{ path: 'a.txt', compliance: 'missing' }] });
  expect(await skill()).toMatchObject({ status: 'quarantined' });
  expect(await world.role('developer')).toMatchObject({ compliance: 'missing', artifacts: [{ path: 'a.txt', compliance: 'missing' }] });
});

test('a skill that speaks of the terminal gives none, and the refused call is no evidence', async () => {
  await requireSkill(true);
  const run = await world.invoke('developer', 'use the terminal');
  expect(run).toMatchObject({ outcome: 'unproven', compliance: 'verified', reason: expect.stringContaining('terminal (refused)') });
  expect(run.evidence.map(({ kind }) => kind)).toEqual(['answer']);
  const entries = await entriesOf(world.daemon, 'role:A%2FB%20plan:developer');
  expect(entries.find(({ kind }) => kind === 'tool-result')).toMatchObject({ tool: 'terminal', outcome: 'refused' });
});
