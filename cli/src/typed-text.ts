/** Text that is typed on the command line, stands in a file or comes on stdin. */
import { readFile } from 'node:fs/promises';
import { done, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import type { Call, InStream } from './verb.ts';

/** `-` is all of stdin, without the newline at its end; any other text is itself. */
export async function readTextOrStdin(call: Call, typed: string): Promise<string> {
  return typed === '-' ? readAll(call.stdin) : typed;
}

/** As `readTextOrStdin`, and `@file` is what the file holds. */
export async function readTypedText(call: Call, typed: string): Promise<Settled<string>> {
  if (!typed.startsWith('@') || typed === '@') return done(await readTextOrStdin(call, typed));
  return readTextFile(typed.slice(1), 'Text that begins with @ comes from a file; give other text on stdin, with -.');
}

/** What a file holds, or all of stdin for `-`. */
export async function readFileOrStdin(call: Call, file: string): Promise<Settled<string>> {
  return file === '-' ? done(await readAll(call.stdin)) : readTextFile(file, 'Name a file, or give the text on stdin, with -.');
}

async function readTextFile(file: string, otherwise: string): Promise<Settled<string>> {
  try {
    return done(await readFile(file, 'utf8'));
  } catch (error) {
    return refuse('invalid-input', `${file} cannot be read: ${fileTrouble(error)}. ${otherwise}`, { file });
  }
}

/** Why a file cannot be read, in words; what the system says where there are none. */
export function fileTrouble(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES') return 'you may not read it';
  return error instanceof Error ? error.message : String(error);
}

const jsonObject = z.record(z.string(), z.json());

/** A JSON object that is typed, stands in a file or comes on stdin. `name` is what the refusal calls it. */
export async function readTypedObject(call: Call, name: string, typed: string): Promise<Settled<JsonObject>> {
  const text = await readTypedText(call, typed);
  if (!text.ok) return text;
  const parsed = jsonObject.safeParse(parseJson(text.value));
  if (parsed.success) return done(parsed.data);
  return refuse('invalid-input', `${name} is ${JSON.stringify(text.value.slice(0, 200))}: a JSON object such as {"tests": 12} is wanted`, { option: name });
}

export async function readAll(stdin: InStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) text += typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
  return (text + decoder.decode()).replace(/\r?\n$/, '');
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
