/** The only place where randomness comes from. */
import { randomBytes, randomInt } from 'node:crypto';

export interface Ids {
  /** A new id `<prefix>_<26 characters>`; ids of one process sort by creation, also when the wall clock steps back. */
  next(prefix: string): string;
  /** A secret of 256 bits, URL-safe, with a prefix that scanners and our own redaction recognise: `gh<kind>_…`. */
  secret(kind: string): string;
  /** A code people type: `digits` letters and numbers without look-alikes. */
  code(length: number): string;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function systemIds(now: () => number): Ids {
  let lastMs = 0;
  let counter = 0;
  return {
    next(prefix) {
      const ms = now();
      if (ms > lastMs) {
        lastMs = ms;
        counter = 0;
      } else counter += 1;
      return `${prefix}_${base32(lastMs, 10)}${base32(counter, 4)}${randomText(12)}`;
    },
    secret: (kind) => `gh${kind}_${randomBytes(32).toString('base64url')}`,
    code: (length) => Array.from({ length }, () => '23456789ABCDEFGHJKMNPQRSTVWXYZ'[randomInt(30)]).join(''),
  };
}

function base32(value: number, width: number): string {
  let text = '';
  for (let left = value; text.length < width; left = Math.floor(left / 32)) text = alphabet.charAt(left % 32) + text;
  return text;
}

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet.charAt(byte % 32)).join('');
}
