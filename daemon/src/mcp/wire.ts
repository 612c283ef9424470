/**
 * The Model Context Protocol on the wire, as far as a server of tools needs it. Two eras are spoken at one address: up to 2025-11-25 a client begins with `initialize` and may have a
 * session; from 2026-07-28 on every request says its version itself and nothing is kept between them.
 */
import { z } from 'zod';
import { jsonObject } from './json-object.ts';

/** Newest first. A client that asks for something else is answered with the newest of these. */
export const sessionVersions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;
export const statelessVersion = '2026-07-28';
export const allVersions: readonly string[] = [statelessVersion, ...sessionVersions];

export const metaVersion = 'io.modelcontextprotocol/protocolVersion';
export const metaClient = 'io.modelcontextprotocol/clientInfo';
export const metaCapabilities = 'io.modelcontextprotocol/clientCapabilities';
export const metaServer = 'io.modelcontextprotocol/serverInfo';

export const rpcErrors = {
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  sessionNotFound: -32_001,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
} as const;

const rpcId = z.union([z.string().max(200), z.number()]);
export type RpcId = z.infer<typeof rpcId>;

/** A request, or without an id a notification. */
export const rpcMessage = z.object({ jsonrpc: z.literal('2.0'), id: rpcId.optional(), method: z.string().min(1).max(100), params: jsonObject.optional() });
export type RpcMessage = z.infer<typeof rpcMessage>;

/** What a client answers to a request of ours; we make none, so it is taken and forgotten. */
export const rpcResponse = z.object({ jsonrpc: z.literal('2.0'), id: rpcId.nullable(), result: z.unknown().optional(), error: z.unknown().optional() });

const clientInfo = z.object({ name: z.string().max(200), version: z.string().max(100) });

export const initializeParams = z.object({ protocolVersion: z.string().max(100), clientInfo: clientInfo.optional() });
export const callParams = z.object({
  name: z.string().min(1).max(200),
  arguments: jsonObject.default({}),
  _meta: z.object({ progressToken: rpcId.optional() }).optional(),
});
export const cancelledParams = z.object({ requestId: rpcId });
export const requestMeta = z.object({
  _meta: z.looseObject({ [metaVersion]: z.string().max(100).optional(), [metaClient]: clientInfo.optional() }).optional(),
});

/** How a client calls itself, for people to see; it is believed no further. */
export function clientName(client: z.infer<typeof clientInfo> | undefined): string | undefined {
  return client === undefined ? undefined : `${client.name} ${client.version}`.slice(0, 100);
}

/** An HTTP answer: a JSON-RPC response, or nothing. */
export interface McpAnswer {
  readonly status: number;
  readonly body?: object;
  /** Tells the client its session. */
  readonly sessionId?: string;
}

export function rpcResult(id: RpcId, result: object): McpAnswer {
  return { status: 200, body: { jsonrpc: '2.0', id, result } };
}

/** `status` is of the HTTP answer; in the era of sessions an error of a method is an answer like any other. */
export function rpcError(id: RpcId | null, error: { readonly code: number; readonly message: string; readonly data?: object }, status = 200): McpAnswer {
  return { status, body: { jsonrpc: '2.0', id, error } };
}

export const accepted: McpAnswer = { status: 202 };
