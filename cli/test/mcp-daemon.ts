/** A daemon whose MCP door speaks Streamable HTTP as the specification has it: sessions that are forgotten at a restart, answers as JSON or as a stream, a stream of its own. */
import type { ServerResponse } from 'node:http';
import type { JsonObject } from '@guildhall/protocol';
import { startTestDaemon, type TestDaemon, type TestRequest } from './test-daemon.ts';

export interface McpDaemon extends TestDaemon {
  /** Every message that came, with the headers it came with. */
  readonly came: {
    readonly message: JsonObject;
    readonly session: string | undefined;
    readonly version: string | undefined;
    readonly lane: string | undefined;
    readonly about: readonly (string | undefined)[];
  }[];
  /** Sessions that were ended by the client. */
  readonly left: string[];
  /** Streams that are open for messages of the daemon, with the event each was taken up behind. */
  readonly listeners: { readonly response: ServerResponse; readonly after: string | undefined }[];
  /** Methods of requests without a session whose connection has ended. */
  readonly closed: unknown[];
  /** Forgets every session, as a restart does. */
  forget(): void;
  offersStream: boolean;
}

export async function startMcpDaemon(): Promise<McpDaemon> {
  const daemon = await startTestDaemon();
  const sessions = new Set<string>();
  let count = 0;
  const header = (request: TestRequest, name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const knows = (request: TestRequest) => {
    if (sessions.has(header(request, 'mcp-session-id') ?? '')) return true;
    request.response.writeHead(404).end();
    return false;
  };
  const mcp: McpDaemon = Object.assign(daemon, {
    came: [] as McpDaemon['came'],
    left: [] as string[],
    closed: [] as unknown[],
    listeners: [] as McpDaemon['listeners'],
    forget: () => sessions.clear(),
    offersStream: true,
  });
  daemon.on('post /mcp', (request) => {
    const message: JsonObject = request.body;
    mcp.came.push({
      message,
      session: header(request, 'mcp-session-id'),
      version: header(request, 'mcp-protocol-version'),
      lane: header(request, 'guildhall-lane'),
      about: [header(request, 'mcp-method'), header(request, 'mcp-name')],
    });
    if (message['method'] === 'initialize') {
      const id = `ses_${(count += 1)}`;
      sessions.add(id);
      request.response.setHeader('mcp-session-id', id);
      return { jsonrpc: '2.0', id: message['id'], result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'test', version: '1' } } };
    }
    if (header(request, 'mcp-protocol-version') === '2026-07-28') request.response.on('close', () => mcp.closed.push(message['method']));
    else if (!knows(request)) return undefined;
    return answer(message, request.response);
  });
  daemon.on('get /mcp', (request) => {
    if (!mcp.offersStream) return void request.response.writeHead(405).end();
    if (!knows(request)) return undefined;
    request.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    mcp.listeners.push({ response: request.response, after: header(request, 'last-event-id') });
    return undefined;
  });
  daemon.on('delete /mcp', (request) => {
    mcp.left.push(header(request, 'mcp-session-id') ?? '');
    request.response.writeHead(204).end();
    return undefined;
  });
  return mcp;
}

/** By method: `plain` as JSON, `streamed` as events with progress before the answer, `cut` breaks off, `slow` never ends, `wrong` is refused in JSON-RPC, `forbidden` as a problem. */
function answer(message: JsonObject, response: ServerResponse): unknown {
  const { id, method } = message;
  if (id === undefined || method === undefined) return void response.writeHead(202).end();
  const result = { jsonrpc: '2.0', id, result: { did: method } };
  if (method === 'slow') return undefined;
  if (method === 'wrong') {
    response.writeHead(400, { 'content-type': 'application/json' });
    return void response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'not so' } }));
  }
  if (method === 'forbidden') {
    response.writeHead(403, { 'content-type': 'application/problem+json' });
    return void response.end(JSON.stringify({ code: 'not-allowed', detail: 'Not yours.' }));
  }
  if (method !== 'streamed' && method !== 'cut') return result;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } })}\n\n`);
  // Over several lines, as the format allows; a line of stdio holds it all.
  if (method === 'streamed') response.write(`data: {"jsonrpc":"2.0","id":${JSON.stringify(id)},\ndata: "result":{"did":"streamed"}}\n\n`);
  return void response.end();
}
