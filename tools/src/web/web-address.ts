import { done, refuse, type Settled } from '@guildhall/protocol';
import { printableLine } from '../printable.ts';

const longestAddress = 2000;

/**
 * The one spelling of a web address: `http` or `https`, no user name, no fragment, hosts in their plain form (decimal, octal and hexadecimal numbers become dotted
 * ones, so that they are judged like them).
 */
export function parseWebAddress(text: string): Settled<URL> {
  if (text.length > longestAddress) return refuse('invalid-input', `a web address of ${text.length} characters is too long; ${longestAddress} are the most`);
  const shown = printableLine(text, 120);
  if (!URL.canParse(text)) return refuse('invalid-input', `"${shown}" is not a web address; it begins with https://`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('unsafe-address', `"${shown}" is neither http nor https`);
  if (url.username !== '' || url.password !== '') return refuse('unsafe-address', 'a web address with a user name or password in it is not opened');
  const host = plainHost(url);
  if (host === '' || host === 'localhost' || host.endsWith('.localhost'))
    return refuse('unsafe-address', `"${shown}" is this machine, which agents may not reach`);
  url.hash = '';
  return done(url);
}

/** The host of an address without brackets and without the dot a full name may end in. */
export function plainHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/u, '$1').replace(/\.$/u, '');
}

/** The port an address means. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
