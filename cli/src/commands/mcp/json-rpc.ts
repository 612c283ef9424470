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
