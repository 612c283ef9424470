/** A Validator's findings wait for the Lead: one is accepted, one rejected, one put off, and each goes exactly where it was sent. Nobody decides: nothing happens. */
import { readFileSync, writeFileSync } from 'node:fs';
import { planFindingView, planView, statusView, taskPage, type PlanFindingView } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { plan, planRoute, startRolesWorld, type RolesWorld } from '../../daemon/test/roles-world.ts';
import { databases } from '../board/own-database.ts';
import { eventually } from '../board/eventually.ts';
import { eventsOf } from '../e2e/conversation.ts';

const report = (title: string) => ({ tool: 'report_finding', args: { title, severity: 'high', evidence: ['I looked'] } });
const dispose = (disposition: string) => ({ tool: 'dispose_finding', args: { id: '{id}', disposition, reason: 'because of {id}' } });
const rules = [
  { match: { agent: 'tester', text: 'check it' }, steps: [{ calls: ['It loops', 'It is ugly', 'It is slow'].map(report) }, { say: 'three' }] },
  {
    match: { agent: 'tester', text: 'look again at {id}' },
    steps: [{ call: { tool: 'revalidate_finding', args: { id: '{id}', verdict: 'passed', text: 'it ends' } } }, { say: 'it ends' }],
  },
  ...['accept', 'reject', 'defer'].map((verb) => ({ match: { agent: 'chief', text: `please ${verb} {id}` }, steps: [{ call: dispose(verb) }, { say: verb }] })),
  {
    match: { agent: 'smith', text: 'It loops' },
    steps: [
      { call: { tool: 'write_file', args: { path: 'ends.txt', content: 'it ends' } } },
      { call: { tool: 'kanban_complete', args: { summary: 'it ends' } } },
      { say: 'mended' },
    ],
  },
  { say: 'I have read it.' },
];
const config = { agents: { chief: { default: true, tools: 'coding' }, smith: { tools: 'coding' }, tester: { tools: 'coding' } } };

async function tasksOf({ operator }: RolesWorld) {
  return taskPage.parse(await operator('GET', '/v1/boards/default/tasks')).tasks;
}

async function checked(world: RolesWorld): Promise<Readonly<Record<string, PlanFindingView>>> {
  await world.operator('POST', '/v1/plans', { id: plan });
  expect(await world.invoke('validator', 'check it')).toMatchObject({ outcome: 'succeeded' });
  await eventually(
    () => world.role('lead').catch(() => undefined),
    (lead) => lead !== undefined && lead.turns > 0 && lead.activity === 'idle',
  );
  return Object.fromEntries((await world.findings()).map((finding) => [finding.title, finding]));
}

describe.each(databases)('the findings of a plan on %s', (_, open) => {
  test('one accepted, one rejected and one put off make one task, and the plan is completed when it was looked at again and the other waived', async () => {
    const database = await open();
    const { databaseUrl } = database.start;
    const world = await startRolesWorld({ config, rules, ...(databaseUrl === undefined ? {} : { env: { GUILDHALL_DATABASE_URL: databaseUrl } }) });
    const found = await checked(world);
    const [loops = '', ugly = '', slow = ''] = ['It loops', 'It is ugly', 'It is slow'].map((title) => found[title]?.id ?? '');
    const blockers = async () => planView.parse(await world.operator('GET', planRoute)).blockers.map(({ id, kind }) => [id, kind]);
    const waits = (id: string) => [`finding-undecided:${id}`, 'finding-undecided'];
    expect(await blockers()).toEqual(expect.arrayContaining([waits(loops), waits(ugly), waits(slow)]));

    for (const [verb, id] of [
      ['reject', ugly],
      ['defer', slow],
      ['accept', loops],
    ])
      await world.invoke('lead', `please ${verb} ${id}`);
    const complete = (body: object = {}) => world.daemon.request('POST', `${planRoute}/complete`, body);
    await eventually(
      () => world.findings(),
      (findings) => findings.some(({ id, status }) => id === loops && status === 'remediated'),
    );
    expect(await tasksOf(world)).toMatchObject([{ status: 'done', labels: [`finding:${loops}`], createdBy: `role:${plan}/lead` }]);
    const refused = JSON.stringify(await complete());
    for (const blocker of [`finding-not-revalidated:${loops}`, `finding-deferred:${slow}`]) expect(refused).toContain(blocker);
    expect(refused).not.toContain(ugly);

    await world.invoke('validator', `look again at ${loops}`);
    await eventually(blockers, (left) => left.length === 1);
    expect(await blockers()).toEqual([[`finding-deferred:${slow}`, 'finding-deferred']]);
    expect(await complete()).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(await complete({ waivers: [{ blocker: `finding-deferred:${slow}`, reason: 'fast enough' }] })).toMatchObject({ status: 200 });

    const accepted = await workBehind(world);
    expect(accepted.hops.at(-1)).toMatchObject({ via: 'task', actor: `role:${plan}/lead` });
    expect(accepted).toMatchObject({ trust: 'peer', visited: expect.arrayContaining(['chief', 'smith']) });
    expect(JSON.stringify(accepted.layers)).toContain('chief');
    const lead = (await world.runs()).filter(({ role }) => role === 'lead').map(({ id }) => id);
    expect(lead).toContain(accepted.hops[0]?.ref);
    await world.stop();
    await database.drop();
  });
});

/** The provenance of the one task there is. */
async function workBehind({ daemon }: RolesWorld) {
  const shape = z.object({
    trust: z.string(),
    forbidden: z.array(z.string()),
    layers: z.array(z.unknown()),
    visited: z.array(z.string()),
    hops: z.array(z.object({ via: z.string(), actor: z.string(), ref: z.string() })),
  });
  const made = (await eventsOf(daemon)).find(({ type }) => type === 'task.created');
  return shape.parse(made?.provenance);
}

/** Saves the configuration, and waits until it is in force. */
async function save({ place, operator }: RolesWorld, text: string): Promise<void> {
  const revOf = async () => statusView.parse(await operator('GET', '/v1/status')).config.rev;
  const before = await revOf();
  writeFileSync(place.configFile, text);
  await eventually(revOf, (rev) => rev > before);
}

test('a Lead who says nothing leaves everything as it is: no task, no work, no verdict', async () => {
  const world = await startRolesWorld({ config, rules });
  await checked(world);
  const before = await world.runs();
  // What could still happen by itself would have happened by the time a whole other piece of work is done.
  await world.invoke('planner', 'think');
  expect((await world.findings()).map(({ status, task }) => [status, task])).toEqual(Array.from({ length: 3 }, () => ['reported', null]));
  expect(await tasksOf(world)).toEqual([]);
  expect((await world.runs()).filter(({ role }) => role === 'developer')).toEqual([]);
  expect(before.map(({ role }) => role)).toEqual(['validator']);
  const [first] = await world.findings();
  await world.operator('POST', `/v1/findings/${first?.id}/accept`, {});
  await eventually(
    () => tasksOf(world),
    (tasks) => tasks.length === 1,
  );
  // A person decided; the words are still the validator's.
  expect(await workBehind(world)).toMatchObject({ trust: 'peer', hops: [{ actor: 'operator' }, { via: 'task', actor: 'operator' }] });
  await world.stop();
});

test('the operator who accepts a finding is who the task is of; while the role that mends is retired, or a person fills it, the task says so, and goes on afterwards', async () => {
  const world = await startRolesWorld({ config, rules });
  await world.operator('POST', '/v1/plans', { id: plan });
  await world.invoke('developer', 'begin');
  await world.operator('POST', `${planRoute}/roles/developer/retire`, { reason: 'the part is done' });
  const { id } = planFindingView.parse(await world.operator('POST', `${planRoute}/findings`, { title: 'It loops', severity: 'high', description: '' }));
  await world.operator('POST', `/v1/findings/${id}/accept`, {});
  const [task] = await eventually(
    () => tasksOf(world),
    (tasks) => tasks[0]?.status === 'blocked',
  );
  expect(task).toMatchObject({
    createdBy: 'operator',
    attempts: 0,
    block: { kind: 'needs_input', reason: expect.stringMatching(/retired.*roles reopen.*unblock/) },
  });
  expect(await workBehind(world)).toMatchObject({
    layers: [],
    trust: 'operator',
    hops: [
      { via: 'role', actor: 'operator', ref: id },
      { via: 'task', actor: 'operator' },
    ],
  });
  await world.operator('POST', `${planRoute}/roles/developer/reopen`, { reason: 'a finding' });
  const unblock = () => world.operator('POST', `/v1/tasks/${task?.id}/unblock`, {});
  const before = readFileSync(world.place.configFile, 'utf8');
  await save(world, before.replace('"developer":{"agent":"smith"}', '"developer":{"person":true}'));
  await unblock();
  await eventually(
    () => tasksOf(world),
    (tasks) => /a person fills the role developer.*kanban assign/.test(tasks[0]?.block?.reason ?? ''),
  );
  await save(world, before);
  await unblock();
  await eventually(
    () => world.findings(),
    ([finding]) => finding?.status === 'remediated',
  );
  await world.stop();
});

test('what was found in a chain that forbids an action is mended without it, in whichever turn it was accepted', async () => {
  const triggers = { enabled: true, sources: { chief: { allowed_targets: ['tester'] } } };
  const world = await startRolesWorld({ config: { ...config, session_triggers: triggers }, rules });
  await world.operator('POST', '/v1/plans', { id: plan });
  await world.operator('POST', '/v1/handoffs', { source: 'chief', target: `role:${plan}/validator`, task: 'check it', forbiddenActions: ['db_write'] });
  const findings = await eventually(
    () => world.findings(),
    (found) => found.length === 3,
  );
  await world.invoke('lead', `please accept ${findings.find(({ title }) => title === 'It loops')?.id ?? ''}`);
  await eventually(
    () => tasksOf(world),
    (tasks) => tasks.length === 1,
  );
  expect((await workBehind(world)).forbidden).toEqual(['db_write']);
  await world.stop();
});
