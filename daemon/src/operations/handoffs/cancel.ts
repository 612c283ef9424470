/** Calling off a handoff with everything below it. When the store has said so nothing begins any more; what runs is stopped, waited for, and answered for one by one. */
import type { CancelledPart, Handoff } from '@guildhall/handoffs';
import { failpoint } from '@guildhall/kernel';
import { type CancelAnswer, type CancelledHandoff, type Settled, done } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';
import type { HandoffCaller } from '../../handoff-operations.ts';
import { readWhenEnded } from '../../waiting-for-events.ts';
import { hasEnded } from '../messages.ts';
import type { HandoffDeps } from './handoff-deps.ts';
import { noHandoff, viewHandoff } from './views.ts';
import { mayCancel } from './who-asks.ts';

/** How long something that runs is waited for. */
const stopWithinMs = 10_000;

interface Answered {
  readonly answer: CancelAnswer;
  readonly detail: string;
}

export async function cancelHandoff(deps: HandoffDeps, id: string, reason: string, by: HandoffCaller): Promise<Settled<CancelledHandoff>> {
  const found = await deps.store.readHandoff(id);
  if (found === undefined) return noHandoff(id);
  const actor = mayCancel(by, found);
  if (!actor.ok) return actor;
  await failpoint('handoff.before-cancel');
  const cancelled = await deps.store.cancelHandoff(id, actor.value, reason);
  await failpoint('handoff.after-cancel');
  if (!cancelled.ok) return cancelled;
  const { handoff, parts } = cancelled.value;
  const turns = await stopTurns(deps, parts);
  const tree = await Promise.all(parts.map(async (part) => ({ ...part, ...(await answerOf(deps, part, turns)) })));
  return done({ handoff: await viewHandoff(deps, handoff), tree });
}

/** All are asked to stop before any is waited for. */
async function stopTurns(deps: HandoffDeps, parts: readonly CancelledPart[]): Promise<ReadonlyMap<string, Answered>> {
  const running = parts.filter(({ kind, answer }) => kind === 'turn' && answer === null);
  for (const { id } of running) deps.runner().stopTurn(id);
  return new Map(await Promise.all(running.map(async ({ id }) => [id, await awaitEnd(deps, id)] as const)));
}

async function answerOf(deps: HandoffDeps, part: CancelledPart, turns: ReadonlyMap<string, Answered>): Promise<Answered> {
  const { kind, id, answer, detail } = part;
  if (answer !== null) return { answer, detail };
  const turn = kind === 'handoff' ? await workOf(deps, id) : id;
  return turns.get(turn ?? '') ?? { answer: 'stopped', detail: detail === '' ? 'nothing of it ran' : detail };
}

async function workOf({ store }: HandoffDeps, id: string): Promise<Handoff['turnId']> {
  return (await store.readHandoff(id))?.turnId ?? null;
}

async function awaitEnd(deps: HandoffDeps, id: string): Promise<Answered> {
  const turn = await readWhenEnded({
    clock: deps.clock,
    waitMs: stopWithinMs,
    signal: new AbortController().signal,
    read: () => deps.sessions.readTurn(id),
    hasEnded,
    hint: ({ sessionKey }, until) => deps.turnHint(sessionKey, until),
  });
  if (turn === undefined || !hasEnded(turn))
    return { answer: 'could-not-be-confirmed', detail: `it had not stopped after ${stopWithinMs / 1000} s; it begins no further call` };
  return endOf(deps, turn);
}

async function endOf({ sessions }: HandoffDeps, turn: Turn): Promise<Answered> {
  if (turn.status === 'completed') return { answer: 'already-done', detail: 'it answered before it could be stopped' };
  const unknown = await callOfUnknownEffect(sessions, turn.id);
  if (unknown !== undefined) return { answer: 'could-not-be-confirmed', detail: `its call of ${unknown} had begun, and nobody knows whether it took effect` };
  return { answer: 'stopped', detail: turn.reason ?? '' };
}

async function callOfUnknownEffect(sessions: HandoffDeps['sessions'], turnId: string): Promise<string | undefined> {
  const entries = await sessions.readTurnEntries(turnId);
  const known = new Set(entries.flatMap(({ body }) => (body.kind === 'tool-result' && body.outcome !== 'unknown' ? [body.callId] : [])));
  const begun = entries.find(({ body }) => body.kind === 'tool-started' && !body.idempotent && !known.has(body.callId));
  return begun?.body.kind === 'tool-started' ? begun.body.tool : undefined;
}
