/** JSON as people write it in configuration files: comments, trailing commas, keys without quotes, single quotes. */
import { done, refuse, type Settled } from '@guildhall/protocol';

const maxChars = 1024 * 1024;

/** `invalid-input` when it is not even that. Numbers too long to be exact come back as their text. */
export function readRelaxedJson(text: string): Settled<unknown> {
  if (text.length > maxChars) return refuse('too-large', `the file has ${text.length} characters, more than ${maxChars}`);
  try {
    return done(JSON.parse(toStrictJson(text), keepDigits));
  } catch (error) {
    return refuse('invalid-input', `it is not JSON, nor JSON with comments: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`);
  }
}

/** `context` holds the text of a number as it stands in the source. */
function keepDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source ? context.source : value;
}

/** One pass over the tokens; whatever is not understood is passed on, for the strict parser to refuse. */
function toStrictJson(text: string): string {
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[A-Za-z_$][\w$]*|[+-]?\.?\d[\w.+-]*|\s+|[\s\S]/g;
  const parts: string[] = [];
  let lastMeaningful = -1;
  for (const [written] of text.replace(/^\uFEFF/, '').matchAll(token)) {
    if (written.startsWith('//') || written.startsWith('/*') || written.trim() === '') continue;
    if ((written === '}' || written === ']') && parts[lastMeaningful] === ',') parts.pop();
    parts.push(strictToken(written));
    lastMeaningful = parts.length - 1;
  }
  return parts.join(' ');
}

function strictToken(written: string): string {
  if (written.startsWith("'")) return JSON.stringify(unescape(written.slice(1, -1)));
  if (written.startsWith('"')) return written.includes('\\') ? JSON.stringify(unescape(written.slice(1, -1))) : JSON.stringify(written.slice(1, -1));
  if (/^[A-Za-z_$]/.test(written) && !['true', 'false', 'null'].includes(written)) return JSON.stringify(written);
  if (/^\+?\.?\d/.test(written)) return written.replace(/^\+/, '').replace(/^\./, '0.');
  return written;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '\n': '' };

function unescape(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|[\s\S])/g, (_, escape: string) => {
    if (escape.length > 2) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return Object.hasOwn(escapes, escape) ? (escapes[escape] ?? '') : escape === '\r\n' ? '' : escape;
  });
}
