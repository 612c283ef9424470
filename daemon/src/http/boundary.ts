/**
 * What a request must be before anything looks at who sent it. A web page in the operator's browser can reach the loopback; these rules make sure that all it can get is a no:
 * the name it was called by must be ours (a rebound name is not), a request that says where it comes from must come from our own page, and there are no upgrades.
 */
import type { IncomingMessage } from 'node:http';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { readRequestTarget, type RequestTarget } from './request-target.ts';

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Headers that mean something only when there is exactly one. */
const singleHeaders = new Set([
  'host',
  'origin',
  'authorization',
  'cookie',
  'content-type',
  'content-length',
  'transfer-encoding',
  'idempotency-key',
  'x-guildhall',
  'sec-fetch-site',
]);

/** The names this daemon answers to on `port`, exactly. */
export function ownHosts(port: number): ReadonlySet<string> {
  const suffix = port === 80 ? '' : `:${port}`;
  return new Set([`127.0.0.1${suffix}`, `localhost${suffix}`, `[::1]${suffix}`]);
}

/** The target of a request that may go on, or the reason why it may not. */
export function checkBoundary(incoming: IncomingMessage, hosts: ReadonlySet<string>, longestTarget: number): Settled<RequestTarget> {
  const repeated = repeatedHeader(incoming.rawHeaders);
  if (repeated !== undefined) return refuse('invalid-input', `The request has the header "${repeated}" more than once.`);
  if (incoming.headers.upgrade !== undefined) return refuse('not-allowed', 'Upgrades are refused: there is no WebSocket here. Streams are server-sent events.');
  const origin = checkOrigin(incoming, hosts);
  if (!origin.ok) return origin;
  const method = incoming.method ?? '';
  if (!methods.has(method)) return refuse('method-not-allowed', `The method ${method.slice(0, 20)} is not spoken here.`, { allow: [...methods].join(', ') });
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  if (method === 'GET' && (encoding !== undefined || (length !== undefined && length !== '0'))) {
    return refuse('invalid-input', 'A GET request has no body.');
  }
  return readRequestTarget(pathOf(incoming.url ?? '', incoming.headers.host ?? ''), longestTarget);
}

/** Host, Origin and Sec-Fetch-Site. Keyed on the presence of the header, never on what kind of client the request claims to be. */
function checkOrigin(incoming: IncomingMessage, hosts: ReadonlySet<string>): Settled<void> {
  const host = incoming.headers.host;
  if (host === undefined || !hosts.has(host)) {
    return refuse(
      'wrong-host',
      `This daemon does not answer to ${host === undefined ? 'a request without Host' : `the name "${host.slice(0, 120)}"`}. Call it as ${[...hosts].join(', ')}.`,
    );
  }
  const absolute = /^https?:\/\/([^/]*)/.exec(incoming.url ?? '');
  if (absolute !== null && (absolute[1] !== host || !(incoming.url ?? '').startsWith('http:')))
    return refuse('wrong-host', 'The address of the request and its Host header name different places.');
  const origin = incoming.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`)
    return refuse('foreign-origin', `Requests from the origin "${origin.slice(0, 120)}" are refused; only this daemon's own page may call it from a browser.`);
  const site = incoming.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return refuse('foreign-origin', `Requests that a browser calls "${site.slice(0, 40)}" are refused. Open the page by its address.`);
  return done(undefined);
}

/** Absolute form is only another spelling of the same target, once its authority was found to be the Host. */
function pathOf(url: string, host: string): string {
  const prefix = `http://${host}`;
  if (!url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!singleHeaders.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
