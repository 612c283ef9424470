/** A small server that speaks `/v1` as the daemon does, with a home of its own, for the command line to be run against. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { httpStatusOf, routes, type Json, type RefusalCode } from '@guildhall/protocol';

export interface TestRequest {
  readonly params: { readonly [name: string]: string };
  readonly query: URLSearchParams;
  readonly body: { readonly [name: string]: Json };
  readonly headers: IncomingMessage['headers'];
  readonly response: ServerResponse;
}

/** Answers with JSON, or with `undefined` after it has written the answer itself. */
type Handler = (request: TestRequest) => unknown;

type RouteName = `${(typeof routes)[number]['method']} ${(typeof routes)[number]['path']}`;

export interface TestDaemon {
  readonly home: string;
  readonly url: string;
  readonly token: string;
  /** Requests so far, as `get /v1/status`. */
  readonly asked: string[];
  on(route: RouteName, handler: Handler): void;
  /** Ends every connection and stops listening; the home stays. */
  stop(): Promise<void>;
  /** Listens again at another port, as a daemon that was restarted. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** What a handler throws to refuse. */
export class Refused extends Error {
  readonly code: RefusalCode;
  readonly details: { readonly [name: string]: Json };

  constructor(code: RefusalCode, message: string, details: { readonly [name: string]: Json } = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export async function startTestDaemon(): Promise<TestDaemon> {
  const home = mkdtempSync(path.join(tmpdir(), 'guildhall-cli-'));
  const token = 'test-secret';
  const handlers = new Map<string, Handler>();
  const asked: string[] = [];
  let url = '';
  let server = createServer();

  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const address = new URL(incoming.url ?? '/', 'http://localhost');
    const found = findRoute(incoming.method ?? '', address.pathname);
    if (found === undefined) return sendProblem(response, 'not-found', `no route ${address.pathname}`);
    asked.push(found.name);
    if (incoming.headers.authorization !== `Bearer ${token}`) return sendProblem(response, 'not-authenticated', 'The credential is not known.');
    const handler = handlers.get(found.name);
    if (handler === undefined) return sendProblem(response, 'not-found', `the test has no ${found.name}`);
    try {
      const body = await readBody(incoming);
      const value = await handler({ params: found.params, query: address.searchParams, body, headers: incoming.headers, response });
      if (value !== undefined) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      sendProblem(response, error.code, error.message, error.details);
    }
  };

  const daemon: TestDaemon = {
    home,
    get url() {
      return url;
    },
    token,
    asked,
    on: (route, handler) => void handlers.set(route, handler),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    async start() {
      server = createServer((incoming, response) => void answer(incoming, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      writeDaemonFile(home, { url, token, pid: process.pid, version: '0.1.0' });
    },
    async remove() {
      await daemon.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  await daemon.start();
  return daemon;
}

export function writeDaemonFile(home: string, content: Json, mode = 0o600): void {
  const file = path.join(home, 'daemon.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
  chmodSync(file, mode);
}

function findRoute(method: string, pathname: string): { readonly name: string; readonly params: { readonly [name: string]: string } } | undefined {
  for (const route of routes) {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    const match = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname);
    if (match === null || route.method !== method.toLowerCase()) continue;
    return { name: `${route.method} ${route.path}`, params: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')])) };
  }
  return undefined;
}

async function readBody(incoming: IncomingMessage): Promise<{ readonly [name: string]: Json }> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as { readonly [name: string]: Json });
}

function sendProblem(response: ServerResponse, code: RefusalCode, detail: string, details: { readonly [name: string]: Json } = {}): void {
  const status = httpStatusOf(code);
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, detail, code, details }));
}

/** A text of a request's body; empty when it is not there. */
export function textOf(body: TestRequest['body'], name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}
