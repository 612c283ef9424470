/** MCP on stdio: one JSON-RPC message on each line, carried to the daemon's door and back. Nothing but messages goes to stdout. */
import { isJsonObject, done } from '@guildhall/protocol';
import { z } from 'zod';
import { readLines } from '../../http/event-stream.ts';
import { readInput } from '../../input.ts';
import type { InStream, RunVerb } from '../../verb.ts';
import { openBridge, type Bridge } from './bridge.ts';
import { errorAnswer, invalidRequest, parseError, parseJson } from './json-rpc.ts';

const input = z.object({ lane: z.string().min(1).optional() });

/** Ends when stdin does and everything that was asked is answered. */
export const speakMcp: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const bridge = openBridge(call, options.value.lane);
  const letGo = () => call.stdin.destroy();
  call.signal.addEventListener('abort', letGo, { once: true });
  try {
    for await (const line of readLines(bytesOf(call.stdin))) await take(line, bridge);
  } catch (error) {
    if (!call.signal.aborted) throw error;
  } finally {
    call.signal.removeEventListener('abort', letGo);
    await bridge.close();
  }
  return done({ written: true });
};

async function take(line: string, bridge: Bridge): Promise<void> {
  if (line.trim() === '') return;
  const message = parseJson(line);
  if (message === undefined) bridge.answer(errorAnswer(null, parseError, 'This line is no JSON.'));
  else if (isJsonObject(message)) await bridge.send(message);
  else bridge.answer(errorAnswer(null, invalidRequest, 'One message a line is wanted, each an object.'));
}

async function* bytesOf(stdin: InStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stdin) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : (chunk as Uint8Array);
}
