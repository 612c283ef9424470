/** Requests of clients that begin with `initialize`, up to revision 2025-11-25. */
import { callTool, describeTools } from './call-tool.ts';
import { renewClaims } from './held-claims.ts';
import { instructions } from './instructions.ts';
import type { McpParts, McpRequest } from './mcp-request.ts';
import type { McpSession } from './mcp-sessions.ts';
import {
  accepted,
  callParams,
  cancelledParams,
  clientName,
  initializeParams,
  rpcError,
  rpcErrors,
  rpcResult,
  sessionVersions,
  type McpAnswer,
  type RpcId,
  type RpcMessage,
} from './wire.ts';
import { version } from '../version.ts';

export async function answerInSession(parts: McpParts, message: RpcMessage, request: McpRequest): Promise<McpAnswer> {
  const { id, method } = message;
  if (method === 'initialize' && id !== undefined) return initialize(parts, id, message, request);
  const named = request.header('mcp-session-id');
  const session = named === undefined ? undefined : parts.sessions.find(named, request.by.id);
  if (session?.ok === false) return rpcError(id ?? null, { code: rpcErrors.sessionNotFound, message: session.refusal.message }, 404);
  if (id === undefined) return takeNotification(message, session?.value);
  return answerRequest(parts, id, message, request, session?.value);
}

function initialize(parts: McpParts, id: RpcId, { params }: RpcMessage, request: McpRequest): McpAnswer {
  const asked = initializeParams.safeParse(params);
  if (!asked.success) return rpcError(id, { code: rpcErrors.invalidParams, message: 'initialize needs protocolVersion' }, 400);
  const session = parts.sessions.begin(request.by.id);
  session.client = clientName(asked.data.clientInfo);
  const protocolVersion = sessionVersions.find((known) => known === asked.data.protocolVersion) ?? sessionVersions[0];
  const result = { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'guildhall', version }, instructions };
  return { ...rpcResult(id, result), sessionId: session.id };
}

function takeNotification({ method, params }: RpcMessage, session: McpSession | undefined): McpAnswer {
  const cancelled = method === 'notifications/cancelled' ? cancelledParams.safeParse(params) : undefined;
  if (cancelled?.success === true) session?.running.get(cancelled.data.requestId)?.abort();
  return accepted;
}

async function answerRequest(parts: McpParts, id: RpcId, message: RpcMessage, request: McpRequest, session: McpSession | undefined): Promise<McpAnswer> {
  switch (message.method) {
    case 'ping':
      if (session !== undefined) await renewClaims(parts.board, request.by, session);
      return rpcResult(id, {});
    case 'tools/list':
      return rpcResult(id, { tools: describeTools(parts.tools, request) });
    case 'tools/call':
      return callInSession(parts, id, message, request, session);
    default:
      return rpcError(id, { code: rpcErrors.methodNotFound, message: `There is no method ${message.method}.` });
  }
}

async function callInSession(parts: McpParts, id: RpcId, { params }: RpcMessage, request: McpRequest, session: McpSession | undefined): Promise<McpAnswer> {
  const asked = callParams.safeParse(params);
  if (!asked.success) return rpcError(id, { code: rpcErrors.invalidParams, message: 'tools/call needs name and arguments' });
  const { name, arguments: args, _meta: meta } = asked.data;
  const cancelled = new AbortController();
  session?.running.set(id, cancelled);
  try {
    const result = await callTool(parts, name, args, {
      by: request.by,
      laneHeader: request.header('guildhall-lane'),
      claimHeader: request.header('claim-token'),
      session,
      requestId: session === undefined ? undefined : `${session.id}.${id}`.slice(0, 200),
      client: session?.client,
      signal: AbortSignal.any([request.signal, cancelled.signal]),
      progress: request.progressFor(meta?.progressToken),
    });
    return result === undefined ? rpcError(id, { code: rpcErrors.invalidParams, message: `There is no tool ${name}.` }) : rpcResult(id, result);
  } finally {
    session?.running.delete(id);
  }
}
