/** Requests to the daemon. A refusal is thrown as `LaneRefusal`; a daemon that is away is asked again, so every request sent here must be good for sending twice. */
import type { JsonObject, ProblemView } from '@guildhall/protocol';

/** The daemon said no. `code` is stable (`stale-claim`, `not-allowed`, `wrong-state` …); the message says what to do. */
export class LaneRefusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: JsonObject;

  constructor(code: string, status: number, message: string, details: JsonObject) {
    super(message);
    this.name = 'LaneRefusal';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

export interface Wire {
  /** The answer, or undefined for an empty one. */
  ask<T>(method: 'GET' | 'POST', path: string, request: WireRequest): Promise<T | undefined>;
}

interface WireRequest {
  readonly body?: object;
  readonly claimToken?: string;
  /** The same key again is the same effect and the same answer. */
  readonly once?: string;
  readonly signal?: AbortSignal | undefined;
  /** How long one try may take, milliseconds. */
  readonly timeoutMs?: number;
  /** How long a daemon that is away is waited for, milliseconds; default: until `signal`. */
  readonly patienceMs?: number;
}

const usualTimeoutMs = 30_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

export function openWire(url: string, token: string): Wire {
  const base = url.replace(/\/+$/u, '');
  return {
    async ask(method, path, request) {
      const startedAt = performance.now();
      for (let attempt = 0; ; attempt += 1) {
        request.signal?.throwIfAborted();
        const answer = await send(base + path, method, token, request);
        if (answer !== undefined) return answer.value as never;
        const pauseMs = Math.min(firstPauseMs * 2 ** attempt, longestPauseMs);
        if (performance.now() - startedAt + pauseMs > (request.patienceMs ?? Number.POSITIVE_INFINITY)) throw new Error(`no daemon answers at ${base}`);
        await pause(pauseMs, request.signal);
      }
    },
  };
}

/** Undefined when the daemon was away, restarting or overloaded; then the same request is sent again. */
async function send(url: string, method: string, token: string, request: WireRequest): Promise<{ readonly value: unknown } | undefined> {
  const limits = [AbortSignal.timeout(request.timeoutMs ?? usualTimeoutMs), request.signal].filter((limit) => limit !== undefined);
  try {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(request.once === undefined ? {} : { 'idempotency-key': request.once }),
        ...(request.claimToken === undefined ? {} : { 'claim-token': request.claimToken }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: 'error',
      signal: AbortSignal.any(limits),
    });
    const text = await response.text();
    const refusal = response.ok ? undefined : refusalOf(response.status, text);
    if (response.status === 503 || refusal?.code === 'rate-limited') return undefined;
    if (refusal !== undefined) throw refusal;
    return { value: text === '' ? undefined : (JSON.parse(text) as unknown) };
  } catch (error) {
    if (error instanceof LaneRefusal || request.signal?.aborted === true) throw error;
    return undefined;
  }
}

function refusalOf(status: number, text: string): LaneRefusal {
  const problem = readProblem(text);
  return new LaneRefusal(problem?.code ?? 'failed', status, problem?.detail ?? `the daemon answered ${status}`, problem?.details ?? {});
}

/** Undefined for an answer that did not come from a daemon. */
function readProblem(text: string): Partial<ProblemView> | undefined {
  try {
    return JSON.parse(text) as Partial<ProblemView>;
  } catch {
    return undefined;
  }
}

/** Rejects when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
