/** How a no looks on the wire: RFC 9457, with the stable refusal code beside it. */
import { Fault, httpStatusOf, isRefusalCode, refuse, type ProblemView, type Refusal } from '@guildhall/protocol';

export function problemOf(refusal: Refusal): ProblemView {
  return {
    type: `urn:guildhall:refusal:${refusal.code}`,
    title: refusal.code.replaceAll('-', ' '),
    status: httpStatusOf(refusal.code),
    detail: refusal.message,
    code: refusal.code,
    ...(refusal.details === undefined ? {} : { details: refusal.details }),
  };
}

/** The same no for a client that speaks the wire of OpenAI. */
export function openAiErrorOf(refusal: Refusal): {
  readonly error: { readonly message: string; readonly type: string; readonly param: null; readonly code: string };
} {
  return { error: { message: refusal.message, type: openAiTypeOf(httpStatusOf(refusal.code)), param: null, code: refusal.code } };
}

function openAiTypeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'insufficient_quota';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** Headers that belong to a no: how to authenticate, when to come back. */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  const headers: Record<string, string> = {};
  const status = httpStatusOf(refusal.code);
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="guildhall"';
  const after = refusal.details?.['retryAfterSeconds'];
  if (typeof after === 'number') headers['retry-after'] = String(Math.ceil(after));
  const allow = refusal.details?.['allow'];
  if (typeof allow === 'string') headers['allow'] = allow;
  return headers;
}

/**
 * Clients of OpenAI's wire repeat refused requests on their own, by status. Running a turn twice is worse than failing once, so they are told to repeat only where the refusal
 * says when.
 */
export function openAiHeaders(refusal: Refusal): Record<string, string> {
  return { ...refusalHeaders(refusal), 'x-should-retry': String(refusal.details?.['retryAfterSeconds'] !== undefined) };
}

/** What a client may know of a fault: its refusal code where it has one, else only that the daemon's log has more. */
export function refusalOfFault(fault: unknown): Refusal {
  if (fault instanceof Fault && isRefusalCode(fault.code)) return { code: fault.code, message: fault.message };
  return refuse('failed', 'The daemon could not do this. Its log has the reason; "guildhall doctor" checks the installation.').refusal;
}
