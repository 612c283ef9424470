/**
 * The path and query of a request, in one spelling. Authentication, access and routing all use this path and nothing else, so a second spelling of a path cannot mean one thing
 * to the lock and another to the door.
 */
import { done, refuse, type Settled } from '@guildhall/protocol';

export interface RequestTarget {
  /** Still percent-encoded; every segment decodes, exactly once, to text without control characters, and without slashes but where a value may have them. */
  readonly path: string;
  /** Parsed query; every name at most once. */
  readonly query: Readonly<Record<string, string>>;
}

/** Names under which people put credentials into addresses; compared without case, `-` and `_`. */
const secretNames = new Set([
  'token',
  'accesstoken',
  'idtoken',
  'sessiontoken',
  'apikey',
  'key',
  'auth',
  'authorization',
  'bearer',
  'secret',
  'password',
  'credential',
  'cookie',
  'code',
]);

/** Secrets this installation issues, wherever they stand in an address. */
const issuedSecret = /gh[a-z]*_[\w-]{40,}/;

/** Percent-encodings of characters that need none: a second spelling of the same path. */
const needlessEncoding = /%(?:2[dDeE]|3\d|4[1-9a-fA-F]|5[\daA]|5[fF]|6[1-9a-fA-F]|7[\daA])/;

/** Below these, segments are what people wrote: the id of a plan may be "A/B". They are matched while encoded, so a slash within a value divides nothing. */
const valuesWithSlashes = /^\/v1\/(?:plans|why)\//;

export function readRequestTarget(text: string, longest: number): Settled<RequestTarget> {
  if (text.length > longest) return bad(`The address is longer than ${longest} characters.`);
  if (!/^\/[\x21-\x7e]*$/.test(text) || text.includes('#')) return bad('The address must be a path in visible ASCII that begins with "/".');
  const mark = text.indexOf('?');
  const path = mark === -1 ? text : text.slice(0, mark);
  const pathProblem = problemInPath(path);
  if (pathProblem !== undefined) return bad(pathProblem);
  const query = readQuery(mark === -1 ? '' : text.slice(mark + 1));
  if (!query.ok) return query;
  if (issuedSecret.test(text) || issuedSecret.test(decodeURIComponent(path))) return secretInAddress();
  return done({ path, query: query.value });
}

function problemInPath(path: string): string | undefined {
  if (path.includes('//')) return 'The path has an empty segment ("//").';
  if (/[;\\]/.test(path)) return 'The path has a ";" or a backslash. Percent-encode it where it belongs to a value.';
  if (needlessEncoding.test(path)) return 'The path percent-encodes a character that needs no encoding. Send it plainly.';
  const hidden = valuesWithSlashes.test(path) ? /\p{Cc}/u : /[/\\\p{Cc}]/u;
  for (const segment of path.split('/')) {
    const value = decodeOnce(segment);
    if (value === undefined) return 'The path has a broken percent-encoding.';
    if (value === '.' || value === '..') return 'The path has a "." or ".." segment.';
    if (hidden.test(value)) return 'The path hides a slash, backslash or control character in a segment.';
  }
  return undefined;
}

function decodeOnce(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function readQuery(text: string): Settled<Readonly<Record<string, string>>> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (secretNames.has(name.toLowerCase().replaceAll(/[-_]/g, '')) || issuedSecret.test(value)) return secretInAddress();
    if (query.has(name)) return bad(`The query names "${name.slice(0, 60)}" twice.`);
    query.set(name, value);
  }
  return done(Object.fromEntries(query));
}

function secretInAddress() {
  return bad(
    'A credential must never stand in an address: addresses are logged and remembered. Send it as "Authorization: Bearer …", and revoke the one that was in this address.',
  );
}

function bad(message: string) {
  return refuse('invalid-input', message);
}
