/** A server-sent stream that outlives the daemon: after a break it is taken up again behind the last event that was seen. */
import { setTimeout as delay } from 'node:timers/promises';
import { refuse, type Refusal, type RefusalCode, type Settled } from '@guildhall/protocol';
import type { Ask, RoutePath } from '../http/daemon-client.ts';
import type { StreamMessage } from '../http/event-stream.ts';
import type { Call } from '../verb.ts';

export type Followed =
  | { readonly kind: 'message'; readonly id: string | undefined; readonly data: unknown }
  /** The connection broke and a first attempt to get it back failed. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'back' }
  /** It will not come back. The last item. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface FollowOptions {
  readonly path: RoutePath;
  readonly params?: Ask['params'];
  /** For the first connection; afterwards the last event says where to go on. */
  readonly query?: Ask['query'];
  readonly lastEventId?: string;
  readonly signal: AbortSignal;
}

const firstPauseMs = 100;
const longestPauseMs = 2000;

/** Ends when `signal` aborts, or with `refused`. */
export async function* followStream(call: Call, options: FollowOptions): AsyncGenerator<Followed> {
  let lastEventId = options.lastEventId;
  let connection = await connect(call, options, lastEventId);
  while (!options.signal.aborted) {
    if (!connection.ok) {
      yield { kind: 'refused', refusal: connection.refusal };
      return;
    }
    for await (const message of connection.value) {
      if (message.id !== undefined) lastEventId = message.id;
      yield { kind: 'message', id: message.id, data: parse(message.data) };
    }
    if (options.signal.aborted) return;
    connection = await connect(call, options, lastEventId);
    if (connection.ok || !mayPass(connection.refusal)) continue;
    yield { kind: 'lost' };
    connection = await reconnect(call, options, lastEventId);
    if (connection.ok) yield { kind: 'back' };
  }
}

async function connect(call: Call, options: FollowOptions, lastEventId: string | undefined): Promise<Settled<AsyncIterable<StreamMessage>>> {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const { path, params, query, signal } = options;
  const start = lastEventId === undefined ? { query: query ?? {} } : { query: { ...query, after: undefined }, lastEventId };
  return daemon.value.follow(path, { signal, ...(params === undefined ? {} : { params }), ...start });
}

async function reconnect(call: Call, options: FollowOptions, lastEventId: string | undefined): Promise<Settled<AsyncIterable<StreamMessage>>> {
  const pause = pauses(call.reconnectForMs, options.signal);
  while (await pause()) {
    const connection = await connect(call, options, lastEventId);
    if (connection.ok || !mayPass(connection.refusal)) return connection;
  }
  return refuse('daemon-unreachable', `The daemon did not come back within ${Math.round(call.reconnectForMs / 1000)} s. Look at it with: guildhall doctor`);
}

/** Waits a little longer each time; false when `forMs` are over or `signal` aborts. */
export function pauses(forMs: number, signal: AbortSignal): () => Promise<boolean> {
  let left = forMs;
  let next = firstPauseMs;
  return async () => {
    if (left <= 0 || signal.aborted) return false;
    const ms = Math.min(next, left);
    left -= ms;
    next = Math.min(next * 2, longestPauseMs);
    await delay(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };
}

const passing: ReadonlySet<RefusalCode> = new Set(['daemon-unreachable', 'draining', 'storage-unavailable', 'rate-limited', 'timed-out']);

/** Whether asking again later may help. */
export function mayPass(refusal: Refusal): boolean {
  return passing.has(refusal.code);
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
