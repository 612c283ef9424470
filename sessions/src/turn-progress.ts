/** What remains of a turn, read off its entries alone: the same answer before and after a crash. Pure. */
import { digestOf } from '@guildhall/kernel';
import type { ModelToolCall } from './model.ts';
import type { Entry } from './transcript.ts';

export interface PendingCall {
  readonly call: ModelToolCall;
  /** It had started when the entries end; `idempotent` says whether the tool had declared that it may run again. */
  readonly started: { readonly idempotent: boolean } | undefined;
}

/** Calls of the newest model step that have no result yet, in order. Empty means: ask the model. */
export function pendingCalls(turnEntries: readonly Entry[]): readonly PendingCall[] {
  const last = turnEntries.findLast((entry) => entry.body.kind === 'model-step');
  if (last?.body.kind !== 'model-step') return [];
  const started = new Map<string, boolean>();
  const settled = new Set<string>();
  for (const { body, seq } of turnEntries) {
    if (seq <= last.seq) continue;
    if (body.kind === 'tool-started') started.set(body.callId, body.idempotent);
    if (body.kind === 'tool-result') settled.add(body.callId);
  }
  return last.body.toolCalls
    .filter((call) => !settled.has(call.callId))
    .map((call) => {
      const idempotent = started.get(call.callId);
      return { call, started: idempotent === undefined ? undefined : { idempotent } };
    });
}

export function countSteps(turnEntries: readonly Entry[]): number {
  return turnEntries.filter((entry) => entry.body.kind === 'model-step').length;
}

/** Whether a call with these canonical arguments was started in this turn and its effect is unknown: doing it again may do it twice. */
export function hasUnknownTwin(turnEntries: readonly Entry[], tool: string, args: unknown): boolean {
  const wanted = digestOf({ tool, args });
  const twins = new Set<string>();
  for (const { body } of turnEntries) {
    if (body.kind === 'tool-started' && digestOf({ tool: body.tool, args: body.args }) === wanted) twins.add(body.callId);
    if (body.kind === 'tool-result' && body.outcome === 'unknown' && twins.has(body.callId)) return true;
  }
  return false;
}

/** The same call that failed or was refused this often in a row is a loop. */
const repeatLimit = 4;

/** Did the newest `repeatLimit` calls of the turn ask for the same thing, in vain each time? */
export function isRunaway(turnEntries: readonly Entry[]): boolean {
  const digests = new Map<string, string>();
  const vain: string[] = [];
  for (const { body } of turnEntries) {
    if (body.kind === 'model-step') for (const call of body.toolCalls) digests.set(call.callId, digestOf({ tool: call.tool, args: call.args }));
    if (body.kind !== 'tool-result') continue;
    if (body.outcome === 'done') vain.length = 0;
    else vain.push(digests.get(body.callId) ?? body.callId);
  }
  const newest = vain.slice(-repeatLimit);
  return newest.length === repeatLimit && new Set(newest).size === 1;
}
