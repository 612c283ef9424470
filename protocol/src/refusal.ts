/**
 * The two ways something does not happen.
 *
 * A **refusal** is a value: an expected no on a good day, with a stable code, the value that was wrong and what to do next.
 * A **fault** is thrown: a broken invariant or a dead dependency. Nothing else crosses a package boundary as an error.
 */

import type { Json } from './json.ts';

/** Every expected no, with the HTTP status and process exit code it becomes. The one map between the two coats of an error. */
const refusalCoats = {
  'invalid-input': { http: 400, exit: 2 },
  'unknown-field': { http: 400, exit: 2 },
  'invalid-config': { http: 422, exit: 2 },
  'not-authenticated': { http: 401, exit: 3 },
  'not-allowed': { http: 403, exit: 3 },
  'foreign-origin': { http: 403, exit: 3 },
  'wrong-host': { http: 421, exit: 3 },
  'not-found': { http: 404, exit: 4 },
  'method-not-allowed': { http: 405, exit: 2 },
  'already-exists': { http: 409, exit: 1 },
  'already-issued': { http: 409, exit: 1 },
  'idempotency-mismatch': { http: 409, exit: 2 },
  'stale-claim': { http: 409, exit: 3 },
  'lease-held': { http: 409, exit: 3 },
  'wrong-state': { http: 409, exit: 3 },
  'evidence-missing': { http: 409, exit: 3 },
  'needs-approval': { http: 409, exit: 3 },
  'approval-denied': { http: 403, exit: 3 },
  'approval-expired': { http: 409, exit: 3 },
  'budget-exhausted': { http: 402, exit: 3 },
  'limit-reached': { http: 429, exit: 3 },
  'rate-limited': { http: 429, exit: 3 },
  'too-large': { http: 413, exit: 2 },
  'cursor-expired': { http: 410, exit: 1 },
  'outside-workspace': { http: 403, exit: 3 },
  'unsafe-address': { http: 403, exit: 3 },
  'not-configured': { http: 409, exit: 1 },
  'not-available': { http: 501, exit: 1 },
  'unknown-outcome': { http: 409, exit: 1 },
  'timed-out': { http: 504, exit: 6 },
  'storage-unavailable': { http: 503, exit: 1 },
  draining: { http: 503, exit: 1 },
  'already-running': { http: 409, exit: 1 },
  'daemon-unreachable': { http: 503, exit: 5 },
  'upstream-failed': { http: 502, exit: 1 },
  failed: { http: 500, exit: 1 },
} as const satisfies Record<string, { http: number; exit: ExitCode }>;

/** 0 done · 1 failed · 2 wrong usage · 3 refused · 4 not found · 5 daemon not reachable · 6 timed out. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export type RefusalCode = keyof typeof refusalCoats;

export const refusalCodes = Object.keys(refusalCoats) as readonly RefusalCode[];

/** An expected no. `message` says what, with which value, and what to do; `details` carries the values for programs. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly details?: { readonly [key: string]: Json };
}

/** What a verb answers: the thing, or the reason why not. */
export type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function done<T>(value: T): Settled<T> {
  return { ok: true, value };
}

export function refuse(code: RefusalCode, message: string, details?: { readonly [key: string]: Json }): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: details === undefined ? { code, message } : { code, message, details } };
}

export function httpStatusOf(code: RefusalCode): number {
  return refusalCoats[code].http;
}

export function exitCodeOf(code: RefusalCode): ExitCode {
  return refusalCoats[code].exit;
}

export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(refusalCoats, text);
}

/** A broken invariant or a dead dependency. `code` is stable; `cause` keeps the original error. */
export class Fault extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
  }
}

/** The value of a settled answer, for callers that know it cannot be refused; a refusal there is a broken invariant. */
export function expectDone<T>(settled: Settled<T>): T {
  if (settled.ok) return settled.value;
  throw new Fault('unexpected-refusal', `${settled.refusal.code}: ${settled.refusal.message}`);
}
