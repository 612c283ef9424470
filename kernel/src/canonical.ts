/** Canonical JSON and digests: the same value always gives the same bytes, so that a hash or an approval binds to what is meant. */
import { createHash } from 'node:crypto';
import { Fault } from '@guildhall/protocol';

/**
 * RFC 8785 in spirit: keys sorted by UTF-16 code unit, no white space, numbers as ECMAScript prints them, lone surrogates escaped by `JSON.stringify`.
 * `undefined` members are left out; `NaN`, infinities, functions and symbols are a fault (`not-json`); nesting beyond 256 too.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, level: number): string {
  if (level > 256) throw new Fault('not-json', 'a value nests deeper than 256 levels');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Fault('not-json', `${value} has no place in JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item ?? null, level + 1)).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${write(member, level + 1)}`);
    return `{${members.join(',')}}`;
  }
  throw new Fault('not-json', `a ${typeof value} has no place in JSON`);
}

/** SHA-256 in lower-case hex. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The digest of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
