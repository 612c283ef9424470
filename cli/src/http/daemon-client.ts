/** The one HTTP client of the terminal. It checks what the daemon answers and turns every way of not answering into a refusal. */
import type { z } from 'zod';
import {
  type routes,
  done,
  isRefusalCode,
  problemView,
  refuse,
  refusalCodes,
  httpStatusOf,
  type JsonObject,
  type Refusal,
  type RefusalCode,
  type Settled,
} from '@guildhall/protocol';
import { version } from '../version.ts';
import { readLines, readMessages, type StreamMessage } from './event-stream.ts';
import type { DaemonAddress } from './find-daemon.ts';

/** A path of the route table: a verb cannot call what the daemon does not have. */
export type RoutePath = (typeof routes)[number]['path'];

export interface Ask {
  /** Values for `{name}` in the path; encoded here. */
  readonly params?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string | number | boolean | undefined };
  readonly body?: JsonObject;
  readonly headers?: { readonly [name: string]: string };
  /** How long the daemon may take, milliseconds; default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Daemon {
  readonly url: string;
  /** An answer without content (204) counts as null. */
  ask<T>(method: Method, path: RoutePath, answer: z.ZodType<T>, ask?: Ask): Promise<Settled<T>>;
  /** Server-sent events; ends when the connection does. No timeout. */
  follow(path: RoutePath, ask: Ask & { readonly lastEventId?: string }): Promise<Settled<AsyncIterable<StreamMessage>>>;
  /** Lines of an answer of any length. */
  lines(path: RoutePath, ask: Ask): Promise<Settled<AsyncIterable<string>>>;
  /** The answer as it is, whatever its status; for a door with a protocol of its own. No timeout unless one is asked for. */
  exchange(method: Method, path: RoutePath, ask: Ask): Promise<Settled<Response>>;
}

const usualTimeoutMs = 30_000;

/** Every request ends at the latest when `interrupted` aborts. */
export function openDaemon(address: DaemonAddress, interrupted: AbortSignal): Daemon {
  const exchange = async (method: string, path: RoutePath, ask: Ask, timeoutMs: number | undefined): Promise<Settled<Response>> => {
    const limits = [interrupted, ask.signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)].filter((limit) => limit !== undefined);
    try {
      const response = await fetch(addressOf(address.url, path, ask), {
        method: method.toUpperCase(),
        headers: {
          authorization: `Bearer ${address.token}`,
          'user-agent': `guildhall/${version}`,
          ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...ask.headers,
        },
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        redirect: 'error',
        signal: AbortSignal.any(limits),
      });
      return done(response);
    } catch (error) {
      return { ok: false, refusal: explainFailure(error, address.url, timeoutMs) };
    }
  };
  const send = async (
    method: string,
    path: RoutePath,
    headers: { readonly [name: string]: string },
    ask: Ask,
    timeoutMs: number | undefined,
  ): Promise<Settled<Response>> => {
    const response = await exchange(method, path, { ...ask, headers: { ...headers, ...ask.headers } }, timeoutMs);
    return !response.ok || response.value.ok ? response : { ok: false, refusal: await readProblem(response.value, address.url) };
  };
  return {
    url: address.url,
    async ask(method, path, answer, ask = {}) {
      const timeoutMs = ask.timeoutMs ?? usualTimeoutMs;
      const response = await send(method, path, { accept: 'application/json' }, ask, timeoutMs);
      if (!response.ok) return response;
      try {
        const parsed = answer.safeParse(response.value.status === 204 ? null : JSON.parse(await response.value.text()));
        return parsed.success ? done(parsed.data) : refuseAnswer(address.url, path, parsed.error.issues[0]);
      } catch (error) {
        return error instanceof SyntaxError
          ? refuseAnswer(address.url, path, undefined)
          : { ok: false, refusal: explainFailure(error, address.url, timeoutMs) };
      }
    },
    async follow(path, ask) {
      const resume = ask.lastEventId === undefined ? {} : { 'last-event-id': ask.lastEventId };
      const response = await send('get', path, { accept: 'text/event-stream', ...resume }, ask, undefined);
      if (!response.ok) return response;
      return response.value.body === null ? refuseAnswer(address.url, path, undefined) : done(readMessages(response.value.body));
    },
    async lines(path, ask) {
      const response = await send('get', path, { accept: 'application/x-ndjson' }, ask, undefined);
      if (!response.ok) return response;
      return response.value.body === null ? refuseAnswer(address.url, path, undefined) : done(readLines(response.value.body));
    },
    exchange: (method, path, ask) => exchange(method, path, ask, ask.timeoutMs),
  };
}

function addressOf(url: string, path: RoutePath, ask: Ask): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(ask.params?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(ask.query ?? {})) if (value !== undefined) query.set(name, String(value));
  return `${url}${filled}${query.size === 0 ? '' : `?${query.toString()}`}`;
}

/** Why the daemon said no. */
export async function readProblem(response: Response, url: string): Promise<Refusal> {
  const parsed = problemView.partial({ type: true, title: true, status: true, details: true }).safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) {
    return {
      code: codeOfStatus(response.status),
      message: `${url} answered ${response.status} without saying why. Is that a Guildhall daemon?`,
      details: { status: response.status },
    };
  }
  const { code, detail, details } = parsed.data;
  const message = code === 'not-authenticated' ? `${detail} Check GUILDHALL_TOKEN, or unset it to use the credential of this machine's daemon.` : detail;
  return { code: isRefusalCode(code) ? code : codeOfStatus(response.status), message, ...(details === undefined ? {} : { details }) };
}

/** For answers of something in between that does not speak our problems. */
function codeOfStatus(status: number): RefusalCode {
  if (status === 409) return 'wrong-state';
  return refusalCodes.find((code) => httpStatusOf(code) === status) ?? 'failed';
}

function explainFailure(error: unknown, url: string, timeoutMs: number | undefined): Refusal {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return {
      code: 'timed-out',
      message: `The daemon at ${url} did not answer within ${(timeoutMs ?? 0) / 1000} s. Look at it with: guildhall doctor`,
      details: { url },
    };
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? ('code' in cause && typeof cause.code === 'string' ? cause.code : cause.message) : String(cause);
  return { code: 'daemon-unreachable', message: `No daemon answers at ${url} (${reason}). Start one with: guildhall up`, details: { url, reason } };
}

function refuseAnswer(url: string, path: string, issue: z.core.$ZodIssue | undefined) {
  const where = issue === undefined ? 'it is no JSON' : `${issue.path.join('.') || 'the answer'}: ${issue.message}`;
  return refuse(
    'failed',
    `The daemon at ${url} answered ${path} with something this program (${version}) does not understand: ${where}. Do both have the same version?`,
    { url, path },
  );
}
