/** Reads a JSON body with a cap on bytes and depth; how long it may take is the server's `requestTimeout`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { done, refuse, type Settled } from '@guildhall/protocol';

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** The parsed JSON; undefined when there was no body. */
  readonly value: unknown;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export async function readJsonBody(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  limits: { readonly bodyBytes: number; readonly jsonDepth: number },
): Promise<Settled<RequestBody>> {
  const { 'content-length': length, 'content-encoding': coding, expect } = incoming.headers;
  if (length !== undefined && Number(length) > limits.bodyBytes) return tooLarge(limits.bodyBytes);
  if (coding !== undefined && coding !== 'identity') return refuse('invalid-input', `The body is encoded as "${coding.slice(0, 40)}". Send it plainly.`);
  if (expect !== undefined) outgoing.writeContinue();
  const bytes = await readBytes(incoming, limits.bodyBytes);
  if (!bytes.ok) return bytes;
  if (bytes.value.byteLength === 0) return done({ bytes: bytes.value, value: undefined });
  if (!isJsonType(incoming.headers['content-type'])) return refuse('invalid-input', 'The body must be JSON. Send it with "content-type: application/json".');
  const value = parseJson(bytes.value, limits.jsonDepth);
  return value.ok ? done({ bytes: bytes.value, value: value.value }) : value;
}

export function isJsonType(type: string | undefined): boolean {
  return type !== undefined && /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type);
}

function readBytes(incoming: IncomingMessage, most: number): Promise<Settled<Uint8Array>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (settled: Settled<Uint8Array>) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      resolve(settled);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > most) {
        incoming.pause();
        finish(tooLarge(most));
      } else chunks.push(chunk);
    };
    const onEnd = () => finish(done(Buffer.concat(chunks)));
    const onCut = () => finish(refuse('invalid-input', 'The connection ended before the whole body had arrived.'));
    incoming.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

function tooLarge(most: number) {
  return refuse('too-large', `The body is larger than ${most} bytes.`, { limitBytes: most });
}

function parseJson(bytes: Uint8Array, deepest: number): Settled<unknown> {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse('invalid-input', 'The body is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse('invalid-input', `The body is not valid JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'it cannot be parsed'}`);
  }
  const problem = problemInside(value, deepest);
  return problem === undefined ? done(value) : refuse('invalid-input', problem);
}

function problemInside(value: unknown, levelsLeft: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (levelsLeft === 0) return 'The JSON nests too deeply.';
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) return 'The JSON has a member named "__proto__", which is refused.';
  for (const member of Object.values(value)) {
    const problem = problemInside(member, levelsLeft - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
