/** Calling off work that was handed over, whatever it is doing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvalView } from '@guildhall/protocol';
import { ending, eventsOf, until } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, director, startHandoffsWorld } from './handoffs-world.ts';

let world: HandoffsWorld;

beforeAll(async () => {
  world = await startHandoffsWorld({
    rules: [
      {
        match: { agent: 'director', text: 'start and stop' },
        steps: [
          { call: { tool: 'dispatch_handoff', args: { target: 'frontend', task: 'go slowly' } } },
          { call: { tool: 'list_handoffs', args: {} } },
          { say: '{result}' },
        ],
      },
      {
        match: { agent: 'director', text: 'wait for the slow' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'frontend', task: 'go slowly, awaited', wait: true } } }, { say: '{result}' }],
      },
      {
        match: { agent: 'director', text: 'stop the other one {id}' },
        steps: [{ call: { tool: 'cancel_handoff', args: { id: '{id}' } } }, { say: '{result}' }],
      },
      {
        match: { agent: 'backend', text: 'have qa go slowly' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'qa', task: 'go slowly below', wait: true } } }, { say: 'qa said {result}' }],
      },
      {
        match: { agent: 'backend', text: 'sleep in a program' },
        steps: [{ call: { tool: 'terminal', args: { command: ['sleep', '60'] } } }, { say: 'I slept.' }],
      },
      {
        match: { agent: 'backend', text: 'delegate slowly' },
        steps: [{ call: { tool: 'delegate_task', args: { goal: 'go slowly as a part' } } }, { say: 'I slept.' }],
      },
      { match: { text: 'go slowly' }, say: 'a b c d e f g h i j k l m n o p q r s t u v w x y z', pace_ms: 1000 },
    ],
  });
});
afterAll(() => world?.stop());

/** Nothing of the handoff's stream or of a turn's session comes after the cancel but ends. */
async function beginningsAfterCancel(id: string): Promise<readonly string[]> {
  const events = await eventsOf(world.daemon);
  const at = events.findIndex(({ stream, type }) => stream === `handoff:${id}` && type === 'handoff.cancelled');
  expect(at).toBeGreaterThan(-1);
  return events
    .slice(at)
    .flatMap(({ type }) => (['turn.started', 'tool.called', 'turn.step-recorded', 'handoff.started', 'handoff.queued'].includes(type) ? [type] : []));
}

test('while a person is asked: the question runs out, and nothing ever runs', async () => {
  const { id } = await world.dispatch('backend', 'something dangerous', { riskLevel: 'dangerous' });
  const { handoff, tree } = await world.cancel(id);
  expect(handoff).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('not wanted any more') });
  expect(tree).toMatchObject([{ kind: 'handoff', id, depth: 0, answer: 'stopped' }]);
  const approval = approvalView.parse(await world.operator('GET', `/v1/approvals/${handoff.approval?.id ?? ''}`));
  expect(approval.status).toBe('expired');
  const late = await world.daemon.request('POST', `/v1/approvals/${approval.id}/approve`, {});
  expect(late?.status).toBeGreaterThanOrEqual(400);
  expect(await beginningsAfterCancel(id)).toEqual([]);
});

test('while the target thinks: it stops, and the place is free for the next', async () => {
  const first = await world.dispatch('backend', 'go slowly one');
  const second = await world.dispatch('backend', 'answer quickly');
  await world.reaches(first.id, 'running');
  const { handoff, tree } = await world.cancel(first.id);
  expect(handoff.status).toBe('cancelled');
  expect(tree.map(({ kind, answer }) => [kind, answer])).toEqual([
    ['handoff', 'stopped'],
    // The notice was said before.
    ['turn', 'already-done'],
    ['turn', 'stopped'],
  ]);
  expect(await world.ended(second.id)).toMatchObject({ status: 'finished' });
});

test('while it waits for a place: it never begins', async () => {
  const first = await world.dispatch('backend', 'go slowly two');
  const second = await world.dispatch('backend', 'go slowly three');
  await world.reaches(first.id, 'running');
  expect((await world.cancel(second.id)).handoff).toMatchObject({ status: 'cancelled', turnId: null });
  await world.cancel(first.id);
  expect(await world.receipts(second.id)).not.toContain('handoff.started');
});

test('in the middle of a program: the program ends with it', async () => {
  const { id } = await world.dispatch('backend', 'sleep in a program');
  const turnId = (await world.reaches(id, 'running')).turnId ?? '';
  await until('the program', async () => (await eventsOf(world.daemon)).find(({ type, data }) => type === 'tool.called' && data?.['turnId'] === turnId));
  const { tree } = await world.cancel(id);
  expect(tree.find((part) => part.id === turnId)?.answer).toBe('stopped');
  expect((await ending(world.daemon, turnId)).status).toBe('cancelled');
});

test('three levels down: all of it stops, level by level in the answer', async () => {
  const { id } = await world.dispatch('backend', 'have qa go slowly');
  const below = await until('the handoff below', async () => (await world.handoffs('&status=running')).find(({ task }) => task === 'go slowly below'));
  const { tree } = await world.cancel(id);
  expect(tree.filter(({ kind }) => kind === 'handoff').map((part) => [part.id, part.depth, part.answer])).toEqual([
    [id, 0, 'stopped'],
    [below.id, 1, 'stopped'],
  ]);
  expect(await world.ended(below.id)).toMatchObject({ status: 'cancelled' });
});

test('a delegated part stops with it', async () => {
  const { id } = await world.dispatch('backend', 'delegate slowly');
  await until('the part', async () => (await eventsOf(world.daemon)).find(({ type, stream }) => type === 'turn.started' && stream.includes(':delegate:')));
  const { tree } = await world.cancel(id);
  expect(tree.filter(({ kind }) => kind === 'turn').map(({ answer }) => answer)).toEqual(['already-done', 'stopped', 'stopped']);
});

test('when it had ended: it says so, and says the same again', async () => {
  const { id } = await world.dispatch('backend', 'answer at once');
  await world.ended(id);
  const { handoff, tree } = await world.cancel(id);
  expect(handoff).toMatchObject({ status: 'finished', outcome: 'succeeded' });
  expect(tree[0]).toMatchObject({ kind: 'handoff', answer: 'already-done' });
  expect((await world.cancel(id)).tree).toEqual(tree);
});

test('the session that asked may call it off, and no other', async () => {
  const { id } = await world.dispatch('backend', 'go slowly four');
  const elsewhere = await ending(world.daemon, await world.write(`stop the other one ${id}`, { platform: 'telegram', chat: '-77' }));
  expect(elsewhere.answer).toContain('not yours to call off');
  const own = await ending(world.daemon, await world.write(`stop the other one ${id}`, director));
  expect(own.answer).toContain(`${id} to backend: cancelled`);
  expect(await world.ended(id)).toMatchObject({ status: 'cancelled' });
});

test('a turn that waits takes what it waits for with it', async () => {
  const turnId = await world.write('Please wait for the slow one.', director);
  const waited = await until('the handoff', async () => (await world.handoffs('&status=running')).find(({ task }) => task === 'go slowly, awaited'));
  await world.operator('POST', `/v1/turns/${turnId}/cancel`, {});
  expect(await world.ended(waited.id)).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('the turn that waited for it was stopped') });
});
