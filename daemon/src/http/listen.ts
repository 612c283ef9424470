/** Sockets: where the door listens, how long it waits for headers and bodies, and how it stops. Only the loopback, both families where the machine has them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Clock } from '@guildhall/kernel';
import type { ConnectionBudget } from './connection-budget.ts';
import type { DoorLimits } from './limits.ts';

export interface Listening {
  readonly port: number;
  /** Accepts nothing new, lets running answers end, and cuts off what is left after the drain time. */
  stop(): Promise<void>;
}

export interface ListenParts {
  readonly onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  readonly connections: ConnectionBudget;
  readonly clock: Clock;
  readonly limits: DoorLimits;
}

/** How often a free port is tried again when another program has it on the other address family. */
const freePortTries = 5;

/** `already-running` when something else has the port. With port 0 a free one is taken. */
export async function listenOnLoopback(port: number, parts: ListenParts): Promise<Settled<Listening>> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await openServer('127.0.0.1', port, parts);
    if (!first.ok) return first;
    const { port: taken } = first.value.address() as AddressInfo;
    const second = await openServer('::1', taken, parts);
    if (second.ok || second.refusal.code === 'not-available')
      return done({ port: taken, stop: stopServers([first.value, ...(second.ok ? [second.value] : [])], parts) });
    await stopServers([first.value], parts)();
    if (port !== 0 || attempt === freePortTries) return second;
  }
}

/** `not-available` when this machine has no such address. */
function openServer(host: string, port: number, parts: ListenParts): Promise<Settled<Server>> {
  const { limits } = parts;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    /** Its absence is refused in words; see `boundary.ts`. */
    requireHostHeader: false,
  });
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.on('connection', (socket) => parts.connections.admit(socket));
  server.on('request', parts.onRequest);
  /** Whether to ask for the body is decided after the sender is known. */
  server.on('checkContinue', parts.onRequest);
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(refuseListening(host, port, error)));
    server.listen({ host, port, exclusive: true }, () => resolve(done(server)));
  });
}

function refuseListening(host: string, port: number, error: NodeJS.ErrnoException) {
  const details = { host, port, reason: error.code ?? error.message };
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return refuse('not-available', `This machine has no address ${host}.`, details);
  if (error.code === 'EADDRINUSE')
    return refuse('already-running', `Another program listens on ${host} port ${port}. Stop it, or choose another port with: guildhall up --port N`, details);
  return refuse('failed', `The door cannot listen on ${host} port ${port}: ${error.message}`, details);
}

function stopServers(servers: readonly Server[], { clock, limits, connections }: ListenParts): () => Promise<void> {
  return async () => {
    const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    const over = new AbortController();
    void closed.then(() => over.abort());
    const giveUpAt = clock.mono() + limits.drainMs;
    while (!over.signal.aborted && clock.mono() < giveUpAt) {
      for (const server of servers) server.closeIdleConnections();
      await clock.sleep(20, over.signal);
    }
    connections.destroyAll();
    await closed;
  };
}
