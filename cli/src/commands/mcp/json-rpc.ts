/** JSON-RPC 2.0 as far as the bridge looks at it: what passes through is not judged here. */
import { isJsonObject, type Json, type JsonObject, type Refusal } from '@guildhall/protocol';
import { z } from 'zod';

/** The code for what a server itself reports; `data.code` says what it was. */
const serverError = -32_000;
export const parseError = -32_700;
export const invalidRequest = -32_600;

const json = z.json();

export function parseJson(text: string): Json | undefined {
  try {
    return json.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The id of a request that waits for an answer; undefined for notifications and answers. */
export function requestIdOf(message: JsonObject): string | number | undefined {
  const { id, method } = message;
  return typeof method === 'string' && (typeof id === 'string' || typeof id === 'number') ? id : undefined;
}

export function errorAnswer(id: string | number | null, code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

export function refusalAnswer(id: string | number, { code, message, details = {} }: Refusal): JsonObject {
  return { jsonrpc: '2.0', id, error: { code: serverError, message, data: { code, details } } };
}

/** What the daemon agreed to speak, in its answer to `initialize`. */
export function versionIn(message: Json): string | undefined {
  const result = isJsonObject(message) ? message['result'] : undefined;
  const version = isJsonObject(result) ? result['protocolVersion'] : undefined;
  return typeof version === 'string' ? version : undefined;
}

const ownVersion = 'io.modelcontextprotocol/protocolVersion';

/** The protocol version a message names itself: clients from 2026-07-28 on keep no session. */
export function versionOf({ params }: JsonObject): string | undefined {
  const meta = isJsonObject(params) ? params['_meta'] : undefined;
  const version = isJsonObject(meta) ? meta[ownVersion] : undefined;
  return typeof version === 'string' ? version : undefined;
}

/** What a message says about itself to those that carry it; a name a header cannot hold as it is goes as base64 between marks. */
export function headersAbout(message: JsonObject): { readonly [name: string]: string } {
  const { method, params } = message;
  if (typeof method !== 'string' || !/^[\x21-\x7e]+$/.test(method)) return {};
  const named = isJsonObject(params) ? (params['name'] ?? params['uri']) : undefined;
  if (typeof named !== 'string') return { 'mcp-method': method };
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(named) && !named.startsWith('=?base64?');
  return { 'mcp-method': method, 'mcp-name': plain ? named : `=?base64?${Buffer.from(named).toString('base64')}?=` };
}

/** The request a client takes back with this message. */
export function cancelledBy({ method, params }: JsonObject): string | number | undefined {
  const id = method === 'notifications/cancelled' && isJsonObject(params) ? params['requestId'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
