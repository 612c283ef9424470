import { z } from 'zod';
import { done, refuse } from '@guildhall/protocol';
import { readInput } from '../input.ts';
import { readAll } from '../typed-text.ts';
import type { Call, RunVerb } from '../verb.ts';
import type { ChatAddress } from './turns.ts';

const input = z.object({ message: z.array(z.string()).default([]), agent: z.string().min(1).optional(), session: z.string().min(1).optional() });

export const chat: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { message, agent, session } = options.value;
  if (agent !== undefined && session !== undefined) return refuse('invalid-input', 'A session has its agent already: give --session or --agent, not both.');
  const address: ChatAddress = { ...(agent === undefined ? {} : { agent }), ...(session === undefined ? {} : { session }) };
  const text = message.length > 0 ? message.join(' ') : await readPiped(call);
  if (text !== undefined && text.trim() === '') return refuse('invalid-input', 'There is nothing to say: the message is empty.');
  if (text !== undefined) return (await import('./one-turn.ts')).sayOnce(call, address, text);
  if (call.output.json) return refuse('invalid-input', 'A conversation has no JSON. Give the message: guildhall chat --json "hello"');
  const { converse } = await import('./converse.ts');
  const left = await converse(call, address);
  return left.ok ? done({ written: true, exit: 0 }) : left;
};

/** All of stdin where it is not a terminal. */
async function readPiped(call: Call): Promise<string | undefined> {
  if (call.stdin.isTTY === true) return undefined;
  return readAll(call.stdin);
}
