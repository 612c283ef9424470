/**
 * Requests of revision 2026-07-28: each says its version and its client itself, and repeats in its headers what proxies need. Nothing is remembered between them, so a claim is shown by
 * `claim_token` each time and is renewed by `heartbeat` alone. Leaving the connection is the way to cancel.
 */
import { callTool, describeTools } from './call-tool.ts';
import { instructions } from './instructions.ts';
import type { McpParts, McpRequest } from './mcp-request.ts';
import {
  accepted,
  allVersions,
  callParams,
  clientName,
  metaCapabilities,
  metaClient,
  metaServer,
  metaVersion,
  requestMeta,
  rpcError,
  rpcErrors,
  rpcResult,
  sessionVersions,
  statelessVersion,
  type McpAnswer,
  type RpcId,
  type RpcMessage,
} from './wire.ts';
import { version } from '../version.ts';

/** Does a request speak for itself? Its own words count; without them, a version in the header that no session could have. */
export function isStateless({ params }: RpcMessage, { header }: Pick<McpRequest, 'header'>): boolean {
  const meta = requestMeta.safeParse(params ?? {});
  if (meta.success && meta.data._meta?.[metaVersion] !== undefined) return true;
  const named = header('mcp-protocol-version');
  return named !== undefined && !sessionVersions.some((known) => known === named);
}

export async function answerAlone(parts: McpParts, message: RpcMessage, request: McpRequest): Promise<McpAnswer> {
  const { id, method } = message;
  if (id === undefined) return accepted;
  const objection = objectionTo(id, message, request);
  if (objection !== undefined) return objection;
  switch (method) {
    case 'server/discover':
      return complete(id, { supportedVersions: allVersions, capabilities: { tools: {} }, instructions, ttlMs: 3_600_000, cacheScope: 'public' });
    case 'tools/list':
      return complete(id, { tools: describeTools(parts.tools, request), ttlMs: 300_000, cacheScope: 'private' });
    case 'tools/call':
      return callAlone(parts, id, message, request);
    default:
      return rpcError(id, { code: rpcErrors.methodNotFound, message: `There is no method ${method}.` }, 404);
  }
}

async function callAlone(parts: McpParts, id: RpcId, { params }: RpcMessage, request: McpRequest): Promise<McpAnswer> {
  const asked = callParams.safeParse(params);
  if (!asked.success) return rpcError(id, { code: rpcErrors.invalidParams, message: 'tools/call needs name and arguments' }, 400);
  const { name, arguments: args, _meta: meta } = asked.data;
  const client = requestMeta.safeParse(params);
  const result = await callTool(parts, name, args, {
    by: request.by,
    laneHeader: request.header('guildhall-lane'),
    claimHeader: request.header('claim-token'),
    session: undefined,
    requestId: undefined,
    client: client.success ? clientName(client.data._meta?.[metaClient]) : undefined,
    signal: request.signal,
    progress: request.progressFor(meta?.progressToken),
  });
  return result === undefined ? rpcError(id, { code: rpcErrors.invalidParams, message: `There is no tool ${name}.` }, 400) : complete(id, result);
}

/** What is wrong with the request itself, or undefined. */
function objectionTo(id: RpcId, message: RpcMessage, { header }: McpRequest): McpAnswer | undefined {
  const meta = message.params?.['_meta'];
  const said = requestMeta.safeParse(message.params ?? {});
  const asked = said.success ? said.data._meta?.[metaVersion] : undefined;
  const mismatch = (words: string) => rpcError(id, { code: rpcErrors.headerMismatch, message: `Header mismatch: ${words}` }, 400);
  if (asked === undefined) return rpcError(id, { code: rpcErrors.invalidParams, message: `_meta needs "${metaVersion}"` }, 400);
  if (header('mcp-protocol-version') !== asked)
    return mismatch(`MCP-Protocol-Version is ${header('mcp-protocol-version') ?? 'missing'} and the body says ${asked}`);
  if (asked !== statelessVersion)
    return rpcError(
      id,
      { code: rpcErrors.unsupportedVersion, message: 'Unsupported protocol version', data: { supported: allVersions, requested: asked } },
      400,
    );
  if (typeof meta !== 'object' || meta === null || !(metaCapabilities in meta))
    return rpcError(id, { code: rpcErrors.invalidParams, message: `_meta needs "${metaCapabilities}"` }, 400);
  if (header('mcp-method') !== message.method) return mismatch(`Mcp-Method is ${header('mcp-method') ?? 'missing'} and the body says ${message.method}`);
  const name = message.method === 'tools/call' ? message.params?.['name'] : undefined;
  if (typeof name === 'string' && plainHeader(header('mcp-name')) !== name) return mismatch('Mcp-Name is not the name of the tool in the body');
  return undefined;
}

/** Names that a header cannot carry as they are come as base64 between marks. */
function plainHeader(value: string | undefined): string | undefined {
  const encoded = /^=\?base64\?([A-Za-z0-9+/=]*)\?=$/u.exec(value ?? '')?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8');
}

function complete(id: RpcId, result: object): McpAnswer {
  return rpcResult(id, { ...result, resultType: 'complete', _meta: { [metaServer]: { name: 'guildhall', version } } });
}
