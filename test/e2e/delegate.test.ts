/** Children that a turn starts with delegate_task: under their parent's authority and less, within its limits, ended with it, and started once. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { sessionView, turnView, type EventView, type SessionView, type TurnView } from '@guildhall/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { ask, ending, eventsOf, findApproval, pendingApproval, rehearsalOf, resultsOf, send, until } from './conversation.ts';

const config = `
model: rehearsal/default
agents:
  lead: { tools: { profile: full, deny: [write_file] }, subagents: { max_depth: 1, max_children: 2 } }
  loner: { tools: coding, subagents: { max_depth: 0 } }
`;

const delegate = (goal: string) => ({ tool: 'delegate_task', args: { goal } });
const touch = { tool: 'terminal', args: { command: ['touch', 'child.txt'] } };

/** Rules of the children first: a child hears its goal, and words of its own around it. */
const rehearsal = rehearsalOf([
  {
    match: { text: 'goal: everything' },
    steps: [
      {
        calls: [
          { tool: 'write_file', args: { path: 'a.txt', content: 'x' } },
          { tool: 'memory', args: { action: 'add', text: 'x' } },
        ],
      },
      { calls: [{ tool: 'clarify', args: { question: 'May I?' } }, { tool: 'todo', args: {} }, delegate('goal: deeper')] },
      { say: 'child: {results}' },
    ],
  },
  { match: { text: 'goal: touch' }, steps: [{ call: touch }, { say: 'child touched' }] },
  { match: { text: 'try everything' }, steps: [{ call: delegate('goal: everything') }, { say: 'parent: {result}' }] },
  {
    match: { text: 'hand out four' },
    steps: [{ call: { tool: 'delegate_task', args: { tasks: [1, 2, 3, 4].map((n) => ({ goal: `goal: touch ${n}` })) } } }, { say: '{result}' }],
  },
  { match: { text: 'hand out' }, steps: [{ call: delegate('goal: touch') }, { say: 'parent: {result}' }] },
]);

let place: DaemonHome;
let daemon: DaemonProcess;

beforeEach(async () => {
  place = createHome(config, rehearsal);
  daemon = await startDaemonProcess(place);
});

afterEach(async () => {
  await daemon.stop();
  place.remove();
});

/** The sessions of the children that a turn started. */
async function childrenOf(turnId: string): Promise<readonly SessionView[]> {
  const answer = z.object({ sessions: z.array(sessionView) }).parse((await daemon.request('GET', '/v1/sessions?limit=500'))?.body);
  return answer.sessions.filter(({ platform, chat }) => platform === 'delegate' && chat === turnId);
}

/** The turn of a child, and the event that accepted it. */
async function turnOf(child: SessionView): Promise<{ readonly turn: TurnView; readonly accepted: readonly EventView[] }> {
  const accepted = (await eventsOf(daemon, `session:${child.key}`)).filter(({ type }) => type === 'message.accepted');
  const turn = turnView.parse((await daemon.request('GET', `/v1/turns/${String(accepted[0]?.data?.['turnId'])}`))?.body);
  return { turn, accepted };
}

async function onlyChildOf(turnId: string) {
  const children = await childrenOf(turnId);
  expect(children).toHaveLength(1);
  const [child] = children;
  if (child === undefined) throw new Error('there is no child');
  return turnOf(child);
}

/** The child of a turn, once it waits for a yes. */
async function waitingChild(parentId: string) {
  const child = await until('the child', async () => (await childrenOf(parentId)).at(0));
  const { turn } = await turnOf(child);
  return { child: turn, approval: await pendingApproval(daemon, turn.id) };
}

const touched = () => existsSync(path.join(place.home, 'agents', 'lead', 'child.txt'));

describe('a delegated child', () => {
  test('may do what its parent may, less what is between its parent and people, and goes no deeper than allowed', async () => {
    const parent = await ask(daemon, 'lead', 'try everything');
    expect(parent).toMatchObject({ status: 'completed', answer: expect.stringContaining('parent: child:') });
    const { turn, accepted } = await onlyChildOf(parent.id);
    const results = await resultsOf(daemon, turn);
    expect(results.map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['write_file', 'refused'],
      ['memory', 'refused'],
      ['clarify', 'refused'],
      ['todo', 'done'],
      ['delegate_task', 'failed'],
    ]);
    expect(results[0]?.text).toMatch(/^Refused by policy\./);
    expect(results[1]?.text).toContain('delegated child');
    expect(results[4]?.text).toContain('children may nest 1 deep (subagents.max_depth of lead); do this part yourself');
    expect(await childrenOf(turn.id)).toEqual([]);
    expect(accepted[0]?.provenance).toMatchObject({
      origin: 'operator',
      trust: 'peer',
      depth: 1,
      visited: ['lead', 'lead'],
      hops: [{ via: 'message' }, { via: 'delegate', actor: 'agent:lead', ref: parent.id }],
    });
  });

  test('is refused in plain words to an agent that may have none', async () => {
    const parent = await ask(daemon, 'loner', 'hand out');
    expect(parent.answer).toContain('children may nest 0 deep (subagents.max_depth of loner); do this part yourself');
    expect(await childrenOf(parent.id)).toEqual([]);
  });

  test('runs beside at most as many as allowed; the others are refused in plain words', async () => {
    const { turnId } = await send(daemon, 'lead', 'hand out four');
    await until('two children that ask', async () => ((await approvalsOf(turnId)).length === 2 ? true : undefined));
    expect(await childrenOf(turnId)).toHaveLength(2);
    for (const id of await approvalsOf(turnId)) await daemon.request('POST', `/v1/approvals/${id}/approve`, {});
    const parent = await ending(daemon, turnId);
    expect(parent.answer?.match(/child touched/g)).toHaveLength(2);
    expect(parent.answer?.match(/2 children run already \(subagents\.max_children of lead is 2\); wait for one, or do this part yourself/g)).toHaveLength(2);
    expect(await childrenOf(turnId)).toHaveLength(2);
  });

  test('is cancelled with its parent, and what it asked for does not wait any longer', async () => {
    const { turnId } = await send(daemon, 'lead', 'hand out');
    const { child, approval } = await waitingChild(turnId);
    expect((await daemon.request('POST', `/v1/turns/${turnId}/cancel`, {}))?.status).toBe(200);
    expect((await ending(daemon, turnId)).status).toBe('cancelled');
    expect((await ending(daemon, child.id)).status).toBe('cancelled');
    expect(await findApproval(daemon, child.id)).toBeUndefined();
    await daemon.request('POST', `/v1/approvals/${approval.id}/approve`, {});
    expect(await ask(daemon, 'lead', 'anything else')).toMatchObject({ status: 'completed' });
    expect(touched()).toBe(false);
  });

  test.each(['killed', 'stopped'])('goes on after the daemon was %s, is not started twice, and its answer reaches the parent', async (end) => {
    const { turnId } = await send(daemon, 'lead', 'hand out');
    const before = await waitingChild(turnId);
    await (end === 'killed' ? daemon.kill9() : daemon.stop());
    daemon = await startDaemonProcess(place);
    const { child, approval } = await waitingChild(turnId);
    expect(child.id).toBe(before.child.id);
    await daemon.request('POST', `/v1/approvals/${approval.id}/approve`, {});
    const parent = await ending(daemon, turnId);
    expect(parent).toMatchObject({ status: 'completed', attempts: 2, answer: expect.stringContaining('parent: child touched') });
    const { turn, accepted } = await onlyChildOf(turnId);
    expect(turn).toMatchObject({ id: child.id, status: 'completed', attempts: 2 });
    expect(accepted).toHaveLength(1);
    expect((await resultsOf(daemon, parent)).map(({ outcome }) => outcome)).toEqual(['done']);
    expect(touched()).toBe(true);
  });
});

async function approvalsOf(parentId: string): Promise<readonly string[]> {
  const children = await childrenOf(parentId);
  const asked = await Promise.all(children.map(async (child) => findApproval(daemon, (await turnOf(child)).turn.id)));
  return asked.flatMap((approval) => (approval === undefined ? [] : [approval.id]));
}
