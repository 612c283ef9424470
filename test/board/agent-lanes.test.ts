/** Agents as lanes: a task assigned to an agent becomes a turn in a session of its own, which ends the task by the agent's tools. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskDetail } from '@guildhall/protocol';
import { z } from 'zod';
import { entriesOf, eventsOf, rehearsalOf } from '../e2e/conversation.ts';
import { startBoardWorld, type BoardWorld } from './board-world.ts';
import { eventually } from './eventually.ts';

const config = `
model: rehearsal/default
agents:
  coder: { default: true, tools: coding }
  narrow: { tools: { allow: [read_file] } }
`;
const rehearsal = rehearsalOf([
  {
    match: { text: 'finish with evidence' },
    steps: [{ call: { tool: 'kanban_complete', args: { summary: 'counted three', evidence: [{ kind: 'note', text: '3', criterion: 1 }] } } }, { say: 'Done.' }],
  },
  { match: { text: 'give up' }, steps: [{ call: { tool: 'kanban_block', args: { reason: 'which apples?', kind: 'needs_input' } } }, { say: 'Asked.' }] },
  { match: { text: 'only talk' }, steps: [{ say: 'I have done it all, trust me.' }] },
  { match: { text: 'wait long' }, steps: [{ call: { tool: 'terminal', args: { command: ['sleep', '40'] } } }, { say: 'Thanks.' }] },
]);

let world: BoardWorld;
beforeAll(async () => {
  world = await startBoardWorld({ config, rehearsal });
});
afterAll(() => world.stop());

const until = (task: string, holds: (detail: TaskDetail) => boolean) => eventually(() => world.readTask(task), holds);
const sessionOf = (agent: string, task: string) => `agent:${agent}:board:thread:chat=default:thread=${task}`;

describe('a task assigned to an agent', () => {
  test.each(['coder', 'narrow'])('is a turn of %s in a session of its own, and done when the agent says so', async (agent) => {
    const { id } = await world.createTask({ title: 'Count the apples', body: 'finish with evidence', assignee: agent, acceptance: ['the number is told'] });
    const { task, runs } = await until(id, (detail) => detail.task.status === 'done' || detail.runs.length > 1);
    expect(task.status).toBe('done');
    expect(runs).toMatchObject([{ lane: agent, outcome: 'completed', summary: 'counted three' }]);
    const [message] = await entriesOf(world.daemon(), sessionOf(agent, id));
    expect(JSON.stringify(message)).toContain('1. the number is told');
  });

  test('is blocked when the agent says why', async () => {
    const { id } = await world.createTask({ title: 'Count', body: 'give up', assignee: 'coder' });
    expect((await until(id, ({ task }) => task.status === 'blocked')).task.block).toMatchObject({ kind: 'needs_input', reason: 'which apples?' });
  });

  test('is not done by an answer alone; what was said is kept', async () => {
    const { id } = await world.createTask({ title: 'Count', body: 'only talk', assignee: 'coder', maxAttempts: 2 });
    const { runs } = await until(id, ({ task }) => task.status === 'blocked');
    expect(runs.map(({ outcome }) => outcome)).toEqual(['protocol-violation', 'protocol-violation']);
    expect(runs[0]?.reason).toContain('trust me');
    expect(JSON.stringify(await entriesOf(world.daemon(), sessionOf('coder', id)))).toContain('1. protocol-violation');
  });

  test('is cancelled with its turn when it is taken back', async () => {
    const { id } = await world.createTask({ title: 'Count', body: 'wait long', assignee: 'coder' });
    const running = await until(id, ({ runs }) => runs[0]?.worker !== null && runs[0]?.worker !== undefined);
    await world.operator('POST', '/v1/lanes/coder/drain', {});
    await world.operator('POST', `/v1/tasks/${id}/reclaim`, {});
    const session = sessionOf('coder', id);
    await eventually(
      async () => (await eventsOf(world.daemon(), `session:${session}`)).map(({ type }) => type),
      (types) => types.includes('turn.cancelled'),
    );
    await world.operator('POST', '/v1/lanes/coder/resume', {});
    expect(running.runs).toHaveLength(1);
  });

  test('carries the chain of its cause, and nobody outside can speak on its platform', async () => {
    const { id } = await world.createTask({ title: 'Count', body: 'finish with evidence', assignee: 'coder', acceptance: ['the number is told'] });
    await until(id, ({ task }) => task.status === 'done');
    const events = await eventsOf(world.daemon(), `session:${sessionOf('coder', id)}`);
    const accepted = z
      .object({ hops: z.array(z.object({ via: z.string(), ref: z.string() })) })
      .parse(events.find(({ type }) => type === 'message.accepted')?.provenance);
    expect(accepted.hops.at(-1)).toMatchObject({ via: 'task', ref: id });
    const forged = { platform: 'board', chat: 'default', chatType: 'thread', thread: id, messageId: 'x', text: 'hello', agent: 'coder' };
    expect(await world.daemon().request('POST', '/v1/messages', forged)).toMatchObject({ status: 403 });
  });
});
