/**
 * What happens to a request between the boundary and its endpoint, in this order for every route: who sends it, may they, is it a write a browser was tricked into, its body, its
 * shape, has it been answered before. Nothing of a body is read before its sender is known.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { done, refuse, type Refusal, type Route, type Settled } from '@guildhall/protocol';
import type { Clock } from '@guildhall/kernel';
import { checkAccess, type Receipts } from './access.ts';
import { send, sendNothing, sendRefusal, sendRefusalAndClose, type RefusalDress } from './answer.ts';
import type { Authenticator, Caller } from './authentication.ts';
import type { ConnectionBudget } from './connection-budget.ts';
import type { Endpoint, OpenEndpoint, RawInput, Reply } from './endpoint.ts';
import { clientAddress } from './failed-attempts.ts';
import { readIdempotencyKey, requestDigest, runOnce, type IdempotencyStore } from './idempotency.ts';
import type { DoorLimits } from './limits.ts';
import { endedBecause, type OpenRequest, type OpenRequests } from './open-requests.ts';
import { refusalOfFault } from './problems.ts';
import { isJsonType, readJsonBody, type RequestBody } from './request-body.ts';
import type { RequestTarget } from './request-target.ts';
import type { OpenStreams } from './server-sent-events.ts';
import { sendLines } from './slow-reader.ts';

/** Told about what the door refuses or breaks on, so that the daemon can log and journal it. Must not throw. */
export interface DoorObserver {
  /** Something broke while answering. */
  fault(error: unknown, at: { readonly method: string; readonly path: string }): void;
  /** A credential was not accepted, or may not do what it asked. Repetitions from one address are told at the rate the limiter lets them through. */
  refused(refusal: Refusal, at: { readonly client: string; readonly method: string; readonly path: string; readonly credentialId?: string }): void;
}

export interface DoorParts {
  readonly authenticator: Authenticator;
  readonly openRequests: OpenRequests;
  readonly streams: OpenStreams;
  readonly receipts: Receipts;
  readonly idempotency: IdempotencyStore;
  readonly connections: ConnectionBudget;
  readonly observer: DoorObserver;
  readonly clock: Clock;
  readonly limits: DoorLimits;
}

/** One request as it passed the boundary. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: RequestTarget;
  /** Path parameters, decoded once. */
  readonly params: Readonly<Record<string, string>>;
}

/** The sender of a request, or a refusal that was observed. */
export async function identify(parts: DoorParts, { incoming, target }: Exchange): Promise<Settled<Caller>> {
  const caller = await parts.authenticator.authenticate(incoming);
  if (caller.ok) {
    parts.connections.vouch(incoming.socket);
    return caller;
  }
  if (caller.refusal.code === 'not-authenticated')
    parts.observer.refused(caller.refusal, { client: clientAddress(incoming.socket.remoteAddress), method: incoming.method ?? '', path: target.path });
  return caller;
}

/** Answers one request of a route that needs a credential. Never rejects. */
export async function serveCaller(parts: DoorParts, route: Route, endpoint: Endpoint, exchange: Exchange): Promise<void> {
  try {
    const caller = await admit(parts, route, exchange);
    if (!caller.ok) return sendRefusal(exchange.outgoing, caller.refusal, endpoint.dress);
    const request = parts.openRequests.open(caller.value.credential, exchange.outgoing);
    if (!request.ok) return sendRefusal(exchange.outgoing, request.refusal, endpoint.dress);
    await answerCaller(parts, route, endpoint, exchange, caller.value, request.value);
  } catch (error) {
    answerFault(parts, exchange, error, endpoint.dress);
  }
}

/** The sender, if it may call this route and meant to. */
async function admit(parts: DoorParts, route: Route, exchange: Exchange): Promise<Settled<Caller>> {
  const { incoming, params } = exchange;
  const caller = await identify(parts, exchange);
  if (!caller.ok) return caller;
  const { credential, viaCookie } = caller.value;
  const allowed = checkAccess(credential, route, params, parts.receipts);
  if (!allowed.ok) {
    tellRefused(parts, exchange, credential.id, allowed.refusal);
    return allowed;
  }
  const deliberate = viaCookie && route.method !== 'get' ? checkDeliberate(incoming) : done(undefined);
  return deliberate.ok ? caller : deliberate;
}

function tellRefused(parts: DoorParts, { incoming, target }: Exchange, credentialId: string, refusal: Refusal): void {
  parts.observer.refused(refusal, { client: clientAddress(incoming.socket.remoteAddress), method: incoming.method ?? '', path: target.path, credentialId });
}

async function answerCaller(parts: DoorParts, route: Route, endpoint: Endpoint, exchange: Exchange, caller: Caller, request: OpenRequest): Promise<void> {
  try {
    const reply = await runCaller(parts, route, endpoint, exchange, caller, request);
    if (!reply.ok && reply.refusal.code === 'not-allowed') tellRefused(parts, exchange, caller.credential.id, reply.refusal);
    if (endedBecause(request.signal, 'credential-ended') && !endpoint.mayEndItself) sendRefusalAndClose(exchange.outgoing, endedRefusal, endpoint.dress);
    else sendReply(exchange.outgoing, reply, endpoint.dress);
  } finally {
    if (exchange.outgoing.writableEnded || !exchange.outgoing.headersSent) request.close();
  }
}

const endedRefusal = refuse('not-authenticated', 'This credential was revoked or expired while the request was under way.').refusal;

/** Answers one request of a route that needs none. Never rejects. */
export async function serveOpen(parts: DoorParts, route: Route, endpoint: OpenEndpoint, exchange: Exchange): Promise<void> {
  const { incoming, outgoing, target } = exchange;
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  try {
    const deliberate = route.method === 'get' ? done(undefined) : checkDeliberate(incoming);
    if (!deliberate.ok) return sendRefusal(outgoing, deliberate.refusal, endpoint.dress);
    const body = await readBody(parts, route, exchange);
    if (!body.ok) return sendRefusal(outgoing, body.refusal, endpoint.dress);
    const query = route.method === 'get' ? {} : target.query;
    const prepared = endpoint.prepare({ params: exchange.params, query, body: body.value?.value });
    if (!prepared.ok) return sendRefusal(outgoing, prepared.refusal, endpoint.dress);
    const refuseStream = () => refuse('not-available', 'This route does not stream.');
    const reply = await prepared.value({ ...callFacts(parts, exchange, gone.signal), by: undefined, viaCookie: false, openEventStream: refuseStream });
    sendReply(outgoing, reply, endpoint.dress);
  } catch (error) {
    answerFault(parts, exchange, error, endpoint.dress);
  }
}

async function runCaller(
  parts: DoorParts,
  route: Route,
  endpoint: Endpoint,
  exchange: Exchange,
  caller: Caller,
  request: OpenRequest,
): Promise<Settled<Reply>> {
  const body = await readBody(parts, route, exchange);
  if (!body.ok) return body;
  const input: RawInput = { params: exchange.params, query: exchange.target.query, body: body.value?.value };
  const prepared = endpoint.prepare(input);
  if (!prepared.ok) return prepared;
  const openEventStream = () => {
    const counted = request.becomeStream();
    return counted.ok ? done(parts.streams.open(exchange.outgoing, request)) : counted;
  };
  const work = () => prepared.value({ ...callFacts(parts, exchange, request.signal), by: caller.credential, viaCookie: caller.viaCookie, openEventStream });
  return runKeyed(parts, route, endpoint, exchange, caller, body.value, request, work);
}

function callFacts({ clock, limits }: DoorParts, { incoming, outgoing }: Exchange, signal: AbortSignal) {
  return {
    signal,
    client: clientAddress(incoming.socket.remoteAddress),
    header: (name: string) => {
      const value = incoming.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    sendLines: (mediaType: string, lines: AsyncIterable<string>) => sendLines(outgoing, mediaType, lines, { signal, clock, stallMs: limits.stallMs }),
  };
}

/** A write that only our own page can have sent: another origin can neither set this header nor this type without asking, and nobody here says yes to that. */
function checkDeliberate(incoming: IncomingMessage): Settled<void> {
  if (incoming.headers['x-guildhall'] === '1' && isJsonType(incoming.headers['content-type'])) return done(undefined);
  return refuse('not-allowed', 'A write from the browser needs "content-type: application/json" and the header "X-Guildhall: 1".');
}

function readBody(parts: DoorParts, route: Route, { incoming, outgoing }: Exchange): Promise<Settled<RequestBody | undefined>> {
  if (route.method === 'get') return Promise.resolve(done(undefined));
  return readJsonBody(incoming, outgoing, parts.limits);
}

async function runKeyed(
  parts: DoorParts,
  route: Route,
  endpoint: Endpoint,
  exchange: Exchange,
  caller: Caller,
  body: RequestBody | undefined,
  request: OpenRequest,
  work: () => Promise<Settled<Reply>>,
) {
  const header = exchange.incoming.headers['idempotency-key'];
  const key = readIdempotencyKey(typeof header === 'string' ? header : undefined);
  if (!key.ok) return key;
  if (key.value === undefined || endpoint.ownIdempotency || (route.method !== 'post' && route.method !== 'put')) return work();
  const digest = requestDigest(route.method, exchange.incoming.url ?? '', body?.bytes ?? new Uint8Array());
  const keyed = { key: key.value, credentialId: caller.credential.id, digest };
  return runOnce(parts, keyed, { signal: request.signal, showsOnce: endpoint.showsOnce }, work);
}

function sendReply(outgoing: ServerResponse, reply: Settled<Reply>, dress: RefusalDress): void {
  if (!reply.ok) return sendRefusal(outgoing, reply.refusal, dress);
  const { value } = reply;
  switch (value.kind) {
    case 'json':
      return send(outgoing, value.status, 'application/json', JSON.stringify(value.body), value.headers);
    case 'kept':
      return send(outgoing, value.status, value.status < 400 ? 'application/json' : 'application/problem+json', value.text, { 'idempotent-replay': 'true' });
    case 'refused':
      return sendRefusal(outgoing, value.refusal, dress);
    case 'file':
      return send(outgoing, 200, value.type, value.body, { 'cache-control': 'no-cache' });
    case 'nothing':
      return sendNothing(outgoing, value.status ?? 204);
    case 'sent':
      return undefined;
    default:
      return value satisfies never;
  }
}

function answerFault(parts: DoorParts, { incoming, outgoing, target }: Exchange, error: unknown, dress: RefusalDress): void {
  parts.observer.fault(error, { method: incoming.method ?? '', path: target.path });
  if (outgoing.headersSent) outgoing.destroy();
  else sendRefusalAndClose(outgoing, refusalOfFault(error), dress);
}
