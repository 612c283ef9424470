/**
 * Fetching from the web without becoming a way into the network the daemon stands in. For every hop: the address is parsed and checked, its host is resolved once,
 * every address it resolves to must be public, and the connection goes to exactly those; a second answer of the name server is never asked for.
 */
import { lookup } from 'node:dns/promises';
import { request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { deadline } from '@guildhall/kernel';
import { done, refuse, type Refusal, type Settled } from '@guildhall/protocol';
import { isPublicAddress } from './public-address.ts';
import { printableLine } from '../printable.ts';
import { parseWebAddress, plainHost, portOf } from './web-address.ts';

/** What may be reached. */
export interface WebRules {
  readonly ports: ReadonlySet<number>;
  /** Addresses that may be reached although they are not public, such as a mirror in the house; literal IP addresses. */
  readonly addresses: ReadonlySet<string>;
  /** Answers every address of a host name. The system's resolver when absent. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export const usualWebRules: WebRules = { ports: new Set([80, 443]), addresses: new Set() };

export interface WebRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly mostBytes: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Judges the media type (lower case, without parameters) before the body is read. */
  readonly accepts: (mediaType: string) => boolean;
  /** An origin the operator configured (a search server, a model endpoint): it may be on any port and address, and is never left by a redirect. */
  readonly configuredOrigin?: string;
  /** Whether a redirect to a host may be followed; any may where this is absent. */
  readonly mayFollow?: (host: string) => boolean;
}

export interface WebAnswer {
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly mediaType: string;
  readonly charset: string | undefined;
  readonly bytes: Buffer;
}

const mostRedirects = 5;

export async function fetchWeb(request: WebRequest, rules: WebRules): Promise<Settled<WebAnswer>> {
  const limit = deadline(request.deadlineMs, request.signal);
  try {
    let address = request.url;
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const url = parseHop(address, request);
      if (!url.ok) return url;
      const answer = await fetchHop(url.value, request, rules, limit.signal);
      if (!answer.ok) return answer;
      if ('bytes' in answer.value) return done(answer.value);
      if (request.configuredOrigin !== undefined)
        return refuse('upstream-failed', `${url.value.origin} answered with a redirect, which is not followed for a configured service`);
      if (url.value.protocol === 'https:' && answer.value.redirect.startsWith('http:'))
        return refuse('unsafe-address', `${url.value.host} redirects from https to http`);
      address = answer.value.redirect;
      const host = URL.canParse(address) ? plainHost(new URL(address)) : '';
      if (request.mayFollow?.(host) === false)
        return refuse(
          'not-allowed',
          `${url.value.host} redirects to ${printableLine(host, 200)}, which was not part of this call; ask for ${printableLine(address, 500)} itself`,
        );
    }
    return refuse('upstream-failed', `more than ${mostRedirects} redirects`);
  } catch (error) {
    if (limit.expired()) return refuse('timed-out', `no whole answer within ${request.deadlineMs / 1000} s`);
    if (error instanceof Stopped) return { ok: false, refusal: error.refusal };
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer';
    return refuse('upstream-failed', request.signal.aborted ? 'the request was cancelled' : `the server could not be reached (${code})`);
  } finally {
    limit.clear();
  }
}

/** A configured origin is the operator's word; everything else is parsed as a stranger's. */
function parseHop(address: string, request: WebRequest): Settled<URL> {
  const configured = request.configuredOrigin !== undefined && URL.canParse(address) ? new URL(address) : null;
  return configured !== null && configured.origin === request.configuredOrigin ? done(configured) : parseWebAddress(address);
}

async function fetchHop(url: URL, request: WebRequest, rules: WebRules, signal: AbortSignal): Promise<Settled<WebAnswer | { readonly redirect: string }>> {
  const addresses = await reachable(url, request, rules, signal);
  if (!addresses.ok) return addresses;
  const response = await open(url, addresses.value, request, signal);
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
    response.destroy();
    return URL.canParse(location, url)
      ? done({ redirect: new URL(location, url).href })
      : refuse('upstream-failed', 'the server redirects to something that is no address');
  }
  const [mediaType = '', ...parameters] = (response.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (!request.accepts(mediaType)) {
    response.destroy();
    return refuse(
      'upstream-failed',
      `the server answered with ${/^[\w.+/-]{1,80}$/u.test(mediaType) ? mediaType : 'something without a known type'}, which cannot be used here`,
    );
  }
  const charset = parameters
    .find((part) => part.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return done({ url: url.href, status, mediaType, charset, bytes: await readBody(response, request.mostBytes, signal) });
}

/** The addresses a host has now, all of them checked. */
async function reachable(url: URL, request: WebRequest, rules: WebRules, signal: AbortSignal): Promise<Settled<readonly string[]>> {
  const host = plainHost(url);
  const configured = url.origin === request.configuredOrigin;
  if (!configured && !rules.ports.has(portOf(url)))
    return refuse('unsafe-address', `port ${portOf(url)} is not one of those agents may use (${[...rules.ports].join(', ')})`);
  const addresses = isIP(host) === 0 ? await untilAborted((rules.resolve ?? resolveBySystem)(host), signal) : [host];
  if (addresses.length === 0) return refuse('upstream-failed', `${host} has no address`);
  const special = configured ? undefined : addresses.find((address) => !isPublicAddress(address) && !rules.addresses.has(address));
  if (special !== undefined) return refuse('unsafe-address', `${host} leads to ${special}, which is not on the public internet; agents may not reach it`);
  return done(addresses);
}

async function resolveBySystem(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    work.then(resolve, reject);
  });
}

function open(url: URL, addresses: readonly string[], request: WebRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  const options: RequestOptions = {
    method: request.method ?? 'GET',
    headers: {
      'user-agent': 'Guildhall/0.1',
      'accept-encoding': 'gzip, br, deflate',
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
    },
    agent: false,
    signal,
    lookup: (_host, { all }, answer) => {
      const [first] = pinned;
      if (all === true) answer(null, pinned);
      else answer(null, first?.address ?? '', first?.family ?? 4);
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
    outgoing.once('response', resolve);
    outgoing.once('upgrade', (_response, socket) => socket.destroy());
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

/** Ends a read with a refusal. */
class Stopped extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** The body, unpacked, counting what comes out, so that a small packed body cannot become a large one. */
function readBody(response: IncomingMessage, mostBytes: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let total = 0;
    const body = unpacked(response, reject);
    if (body === null) {
      reject(new Stopped({ code: 'upstream-failed', message: 'the server packed its answer in a way that is not known here' }));
      response.destroy();
      return;
    }
    body.on('data', (part: Buffer) => {
      total += part.length;
      if (total > mostBytes) {
        reject(new Stopped({ code: 'too-large', message: `the answer is larger than ${mostBytes} bytes` }));
        response.destroy();
        return;
      }
      parts.push(part);
    });
    body.once('end', () => resolve(Buffer.concat(parts)));
    body.once('error', reject);
    response.once('aborted', () => reject(new Error('cut off')));
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

function unpacked(response: IncomingMessage, onError: (error: Error) => void): NodeJS.ReadableStream | null {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const unpack =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'br'
        ? createBrotliDecompress()
        : encoding === 'deflate'
          ? createInflate()
          : null;
  if (unpack === null) return encoding === 'identity' || encoding === '' ? response : null;
  return pipeline(response, unpack, (error) => {
    if (error) onError(error);
  });
}
