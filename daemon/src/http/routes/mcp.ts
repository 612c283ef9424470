/** The board and handoffs as an MCP server: Streamable HTTP. A short answer is JSON; a long one becomes a stream when there is progress to tell. */
import type { Credential } from '@guildhall/authority';
import { done, refuse } from '@guildhall/protocol';
import { z } from 'zod';
import type { McpRequest } from '../../mcp/mcp-request.ts';
import { createMcpServer, type McpServer, type McpServerDeps } from '../../mcp/mcp-server.ts';
import { freeEndpoint, type Call } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { eventFrame, type EventStream } from '../server-sent-events.ts';

type Names = 'post /mcp' | 'get /mcp' | 'delete /mcp';

const streamed = { status: 200, content: { 'text/event-stream': undefined } } as const;

export function mcpEndpoints(deps: McpServerDeps): Pick<Endpoints, Names> {
  const server = createMcpServer(deps);
  return { 'post /mcp': postEndpoint(server), 'get /mcp': listenEndpoint(server), 'delete /mcp': endEndpoint(server) };
}

function postEndpoint(server: McpServer) {
  return freeEndpoint({
    body: z.unknown(),
    // JSON-RPC has its own ids for a request that is sent twice.
    ownIdempotency: true,
    mayEndItself: true,
    answer: { status: 200, content: { 'application/json': z.looseObject({ jsonrpc: z.literal('2.0') }), 'text/event-stream': undefined } },
    work: async ({ body }, call) => {
      const { request, stream } = requestOf(call);
      const { status, body: response, sessionId } = await server.answer(body, request);
      const opened = stream();
      if (response === undefined) return done({ kind: 'nothing', status: 202 });
      if (opened === undefined)
        return done({ kind: 'json', status, body: response, ...(sessionId === undefined ? {} : { headers: { 'mcp-session-id': sessionId } }) });
      await opened.send(eventFrame(JSON.stringify(response)));
      opened.end();
      return done({ kind: 'sent' });
    },
  });
}

function listenEndpoint(server: McpServer) {
  return freeEndpoint({
    answer: streamed,
    work: async (_input, call) => {
      const id = call.header('mcp-session-id');
      if (id === undefined || call.header('accept')?.includes('text/event-stream') !== true)
        return refuse('method-not-allowed', 'There is something to listen to in an MCP session only: send its Mcp-Session-Id, and accept text/event-stream.', {
          allow: 'POST, DELETE',
        });
      const session = server.sessions.find(id, call.by.id);
      if (!session.ok) return session;
      const stream = call.openEventStream();
      if (!stream.ok) return stream;
      await server.listen(session.value, call);
      stream.value.end();
      return done({ kind: 'sent' });
    },
  });
}

function endEndpoint(server: McpServer) {
  return freeEndpoint({
    answer: { status: 204, content: {} },
    work: async (_input, call) => {
      const id = call.header('mcp-session-id');
      if (id === undefined) return refuse('invalid-input', 'Name the session to end with the header Mcp-Session-Id.');
      server.sessions.end(id, call.by.id);
      return done({ kind: 'nothing' });
    },
  });
}

/** The request as the server sees it, and the stream that was opened for its progress, if any was. */
function requestOf(call: Call<Credential>): { readonly request: McpRequest; readonly stream: () => EventStream | undefined } {
  let stream: EventStream | undefined;
  const streams = call.header('accept')?.includes('text/event-stream') === true;
  const progressFor: McpRequest['progressFor'] = (token) => {
    if (token === undefined || !streams) return () => undefined;
    return (progress, message) => {
      const opened = stream ?? openFor(call);
      if (opened === undefined) return;
      stream = opened;
      void opened.send(eventFrame(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: token, progress, message } })));
    };
  };
  return { request: { by: call.by, header: call.header, signal: call.signal, progressFor }, stream: () => stream };
}

/** Progress is a courtesy: where no stream may be opened, the answer comes without it. */
function openFor(call: Call<Credential>): EventStream | undefined {
  const opened = call.openEventStream();
  return opened.ok ? opened.value : undefined;
}
