/** Agents on the board: what a turn that works on a task may do with its kanban tools, and what every other turn may not. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { EntryView, TaskDetail, TurnView } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, entriesOf, rehearsalOf, resultsOf } from '../e2e/conversation.ts';
import { startBoardWorld, type BoardWorld } from './board-world.ts';
import { eventually } from './eventually.ts';

const config = `
model: rehearsal/default
agents:
  lead: { default: true, tools: [kanban_create, kanban_complete, kanban_show, kanban_unblock, kanban_list] }
  painter: { tools: [write_file] }
  forbidden: { tools: { allow: [todo], deny: [kanban_complete] } }
`;

const call = (tool: string, args: object = {}) => ({ call: { tool, args } });
const evidence = [{ kind: 'check', criterion: 1, text: 'cat door.txt: green' }];

const rehearsal = rehearsalOf([
  {
    match: { agent: 'painter', text: 'paint the door' },
    steps: [
      call('kanban_show'),
      call('kanban_heartbeat', { note: 'mixing green', progress: 0.5 }),
      call('write_file', { path: 'door.txt', content: 'green\n' }),
      call('kanban_comment', { body: 'two coats' }),
      call('kanban_complete', { summary: 'no proof' }),
      call('kanban_complete', { summary: 'no file', evidence, artifacts: ['missing.txt'] }),
      call('kanban_complete', { summary: 'The door is green.', evidence, artifacts: ['door.txt'], metadata: { coats: 2 } }),
      { say: 'Done.' },
    ],
  },
  {
    match: { agent: 'painter', text: 'meddle with {id}' },
    steps: [
      call('kanban_complete', { task_id: '{id}', summary: 'not mine' }),
      call('kanban_block', { task_id: '{id}', reason: 'not mine' }),
      call('kanban_heartbeat', { task_id: '{id}' }),
      call('kanban_list'),
      call('kanban_unblock', { task_id: '{id}' }),
      call('kanban_create', { title: 'Sand the floor', assignee: 'operator' }),
      call('kanban_block', { reason: 'which colour?', kind: 'needs_input' }),
      { say: 'Stuck.' },
    ],
  },
  {
    match: { agent: 'painter', text: 'look at {id}' },
    steps: [call('kanban_show', { task_id: '{id}' }), call('kanban_complete', { task_id: '{id}', summary: 'x' }), { say: 'Looked.' }],
  },
  {
    match: { agent: 'forbidden', text: 'try it' },
    steps: [call('kanban_complete', { summary: 'x' }), call('kanban_block', { reason: 'I may not complete', kind: 'capability' }), { say: 'Stuck.' }],
  },
  {
    match: { agent: 'lead', text: 'hand out' },
    steps: [
      call('kanban_create', { title: 'paint the door', assignee: 'painter', acceptance: ['the door is green'], tenant: 'north' }),
      { say: 'Handed out.' },
    ],
  },
  {
    match: { agent: 'lead', text: 'finish {id}' },
    steps: [
      call('kanban_show', { task_id: '{id}' }),
      call('kanban_complete', { task_id: '{id}', summary: 'I say so' }),
      call('kanban_list', { tenant: 'north' }),
      { say: 'Tried.' },
    ],
  },
  {
    match: { agent: 'lead', text: 'elsewhere' },
    steps: [call('kanban_create', { title: 'x', assignee: 'painter', workspace_kind: 'dir' }), { say: 'Tried.' }],
  },
]);

let world: BoardWorld;
beforeAll(async () => {
  world = await startBoardWorld({ config, rehearsal });
});
afterAll(() => world.stop());

const until = (task: string, holds: (detail: TaskDetail) => boolean) => eventually(() => world.readTask(task), holds);
const outcomes = (results: readonly EntryView[]) => results.map(({ tool, outcome }) => [tool, outcome]);
const resultsIn = async (sessionKey: string) => (await entriesOf(world.daemon(), sessionKey)).filter(({ kind }) => kind === 'tool-result');
const sessionOf = (agent: string, task: string) => `agent:${agent}:board:thread:chat=default:thread=${task}`;
const idIn = (turn: TurnView, results: readonly EntryView[]) => /"task_id":"(task_[0-9a-z]+)"/u.exec(results.at(-1)?.text ?? '')?.[1] ?? `no id in ${turn.id}`;

describe('a turn that works on a task', () => {
  test('finishes it with evidence and the files it made, though its agent has a short list of tools', async () => {
    const { id } = await world.createTask({ title: 'paint the door', assignee: 'painter', acceptance: ['the door is green'] });
    const detail = await until(id, ({ task }) => task.status === 'done');
    expect(detail.runs).toMatchObject([
      {
        outcome: 'completed',
        lane: 'painter',
        summary: 'The door is green.',
        note: 'mixing green',
        metadata: { coats: 2 },
        evidence,
        artifacts: [{ name: 'door.txt' }],
      },
    ]);
    expect(detail.comments).toMatchObject([{ text: 'two coats' }]);
    expect(detail.attachments).toMatchObject([{ name: 'door.txt', bytes: 6 }]);
    expect(readFileSync(path.join(world.place.home, 'agents', 'painter', 'door.txt'), 'utf8')).toBe('green\n');
    const results = await resultsIn(sessionOf('painter', id));
    expect(outcomes(results)).toEqual([
      ['kanban_show', 'done'],
      ['kanban_heartbeat', 'done'],
      ['write_file', 'done'],
      ['kanban_comment', 'done'],
      ['kanban_complete', 'failed'],
      ['kanban_complete', 'failed'],
      ['kanban_complete', 'done'],
    ]);
    expect(results[0]?.text).toContain('"acceptance":["the door is green"]');
    expect(results[4]?.text).toContain('the door is green');
    expect(results[5]?.text).toContain('missing.txt');
  });

  test('acts for no other task, and does not look around on the board', async () => {
    const other = await world.createTask({ title: 'Something else', assignee: 'operator' });
    const { id } = await world.createTask({ title: `meddle with ${other.id}`, assignee: 'painter' });
    const detail = await until(id, ({ task }) => task.status === 'blocked');
    expect(detail.task.block).toMatchObject({ kind: 'needs_input', reason: 'which colour?' });
    const results = await resultsIn(sessionOf('painter', id));
    expect(outcomes(results)).toEqual([
      ['kanban_complete', 'refused'],
      ['kanban_block', 'refused'],
      ['kanban_heartbeat', 'refused'],
      ['kanban_list', 'refused'],
      ['kanban_unblock', 'refused'],
      ['kanban_create', 'done'],
      ['kanban_block', 'done'],
    ]);
    expect(results[0]?.text).toContain(`this turn holds ${id} and may not act for ${other.id}`);
    expect(results[3]?.text).toMatch(/^Refused by policy\./u);
    expect((await world.readTask(other.id)).task.status).toBe('ready');
  });

  test('has no tool that its agent is denied', async () => {
    const { id } = await world.createTask({ title: 'try it', assignee: 'forbidden' });
    const detail = await until(id, ({ task }) => task.status === 'blocked');
    expect(detail.task.block).toMatchObject({ kind: 'capability' });
    const [refused] = await resultsIn(sessionOf('forbidden', id));
    expect(refused).toMatchObject({ tool: 'kanban_complete', outcome: 'refused', text: expect.stringContaining('deny kanban_complete') });
  });
});

describe('a turn that was not started for a task', () => {
  test('hands work out, with its own chain of cause, and the one who gets it can finish it', async () => {
    const turn = await ask(world.daemon(), 'lead', 'hand out');
    const id = idIn(turn, await resultsOf(world.daemon(), turn));
    const detail = await until(id, ({ task }) => task.status === 'done');
    expect(detail.task).toMatchObject({ createdBy: 'agent:lead', assignee: 'painter', labels: ['tenant:north'] });
    expect(detail.runs).toMatchObject([{ outcome: 'completed', lane: 'painter' }]);
    const again = await ask(world.daemon(), 'lead', `finish ${id}`);
    const results = await resultsOf(world.daemon(), again);
    expect(results.at(-1)?.text).toContain(id);
  });

  test('completes nothing, whoever holds it and whatever its policy allows', async () => {
    const lane = await world.registerLane('somebody');
    const { id } = await world.createTask({ title: 'Held by somebody', assignee: 'somebody' });
    await lane.claim();
    const results = await resultsOf(world.daemon(), await ask(world.daemon(), 'lead', `finish ${id}`));
    expect(outcomes(results).slice(0, 2)).toEqual([
      ['kanban_show', 'done'],
      ['kanban_complete', 'refused'],
    ]);
    expect(results[1]?.text).toContain('this turn holds no task');
    expect((await world.readTask(id)).task).toMatchObject({ status: 'running', lane: 'somebody' });
  });

  test('has none of the tools that its agent is not given', async () => {
    const { id } = await world.createTask({ title: 'Anything', assignee: 'operator' });
    const turn = await ask(world.daemon(), 'painter', `look at ${id}`);
    const results = await resultsOf(world.daemon(), turn);
    expect(outcomes(results)).toEqual([
      ['kanban_show', 'refused'],
      ['kanban_complete', 'refused'],
    ]);
    expect(results[0]?.text).toMatch(/^Refused by policy\./u);
  });

  test('is told in words when its arguments make no sense', async () => {
    const results = await resultsOf(world.daemon(), await ask(world.daemon(), 'lead', 'elsewhere'));
    expect(results[0]).toMatchObject({ outcome: 'refused', text: expect.stringContaining('needs workspace_path') });
  });
});
