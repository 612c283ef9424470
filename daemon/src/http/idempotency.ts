/**
 * `Idempotency-Key`: the same request sent again gets the first one's answer, also when both arrive at once.
 *
 * The door asks `begin` before a handler runs and tells `finish` what was answered. An answer that says nothing about the effect (the daemon is stopping, the database is gone) is
 * not kept: `abandon` lets a retry run.
 */
import { done, refuse, type Refusal, type Settled } from '@guildhall/protocol';
import { sha256, type Clock } from '@guildhall/kernel';
import type { Reply } from './endpoint.ts';
import type { DoorLimits } from './limits.ts';
import { problemOf } from './problems.ts';

export type IdempotencyState =
  /** Nobody used this key: run, then `finish` or `abandon`. */
  | { readonly state: 'first' }
  /** Answered before: send this again. `body` is the text of the JSON answer. */
  | { readonly state: 'replay'; readonly status: number; readonly body: string }
  /** The key was used for another request. */
  | { readonly state: 'mismatch' }
  /** The first request with this key still runs. */
  | { readonly state: 'in-progress' };

export interface IdempotencyStore {
  /**
   * One statement decides who is first. Keys of different credentials are different keys. A request that began in an earlier life of the daemon and never finished counts as not
   * begun, so that its retry runs.
   */
  begin(key: string, credentialId: string, requestDigest: string): Promise<IdempotencyState>;
  finish(key: string, credentialId: string, status: number, body: string): Promise<void>;
  /** Forgets a request that began and was not finished. */
  abandon(key: string, credentialId: string): Promise<void>;
}

export interface KeyedRequest {
  readonly key: string;
  readonly credentialId: string;
  readonly digest: string;
}

/** The key of a request, or why it is none. Absent when the client sent none. */
export function readIdempotencyKey(header: string | undefined): Settled<string | undefined> {
  if (header === undefined) return done(undefined);
  if (/^[\x21-\x7e]{1,200}$/.test(header)) return done(header);
  return refuse('invalid-input', 'Idempotency-Key must be 1 to 200 visible ASCII characters. Send for example a UUID.');
}

/** Two requests with the same digest are the same request. */
export function requestDigest(method: string, target: string, body: Uint8Array): string {
  return sha256(`${method} ${target}\n${sha256(body)}`);
}

/** Runs `work` for the first request with its key and answers the others with what it said; one that comes while the first still runs waits a while for it. */
export async function runOnce(
  parts: { readonly idempotency: IdempotencyStore; readonly clock: Clock; readonly limits: DoorLimits },
  request: KeyedRequest,
  how: { readonly signal: AbortSignal; readonly showsOnce: boolean },
  work: () => Promise<Settled<Reply>>,
): Promise<Settled<Reply>> {
  const { idempotency } = parts;
  const began = await beginOnce(parts, request, how.signal);
  if (!began.ok) return began;
  if (began.value.state === 'replay') {
    if (how.showsOnce && began.value.status < 400) return alreadyIssued();
    return done({ kind: 'kept', status: began.value.status, text: began.value.body });
  }
  let kept = false;
  try {
    const reply = await work();
    const answer = answerToKeep(reply, how.showsOnce);
    if (answer === undefined) return reply;
    await idempotency.finish(request.key, request.credentialId, answer.status, answer.text);
    kept = true;
    return reply;
  } finally {
    if (!kept) await idempotency.abandon(request.key, request.credentialId);
  }
}

/** The first, or what was answered before, waiting while the first request with this key runs. Also for routes that keep the promise themselves. */
export async function beginOnce(
  parts: { readonly idempotency: IdempotencyStore; readonly clock: Clock; readonly limits: DoorLimits },
  request: KeyedRequest,
  signal: AbortSignal,
): Promise<Settled<{ readonly state: 'first' } | { readonly state: 'replay'; readonly status: number; readonly body: string }>> {
  const { clock, limits } = parts;
  const giveUpAt = clock.mono() + limits.idempotencyWaitMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 250)) {
    const state = await parts.idempotency.begin(request.key, request.credentialId, request.digest);
    if (state.state === 'first' || state.state === 'replay') return done(state);
    if (state.state === 'mismatch') {
      return refuse('idempotency-mismatch', `The Idempotency-Key "${request.key}" was used for another request. Use a new key for a new request.`);
    }
    if (clock.mono() >= giveUpAt || signal.aborted) {
      return refuse('wrong-state', `The first request with the Idempotency-Key "${request.key}" still runs. Ask again in a moment.`, { retryAfterSeconds: 1 });
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** What a retry is to be told, or nothing when a retry should run: the daemon stopping, a dead dependency or a limit say nothing about the effect. */
function answerToKeep(reply: Settled<Reply>, showsOnce: boolean): { readonly status: number; readonly text: string } | undefined {
  const refusal = refusalIn(reply);
  if (refusal !== undefined) {
    const problem = problemOf(refusal);
    return problem.status >= 500 || problem.status === 429 || problem.status === 401 ? undefined : { status: problem.status, text: JSON.stringify(problem) };
  }
  if (!reply.ok || reply.value.kind !== 'json') return undefined;
  return { status: reply.value.status, text: showsOnce ? '{}' : JSON.stringify(reply.value.body) };
}

function refusalIn(reply: Settled<Reply>): Refusal | undefined {
  if (!reply.ok) return reply.refusal;
  return reply.value.kind === 'refused' ? reply.value.refusal : undefined;
}

function alreadyIssued() {
  return refuse('already-issued', 'This was answered before, and its secret is shown only once. Create another and revoke the one that was lost.');
}
