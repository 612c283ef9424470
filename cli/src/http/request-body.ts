import type { z } from 'zod';
import { issueWords } from '../input.ts';
import { done, refuse, type Json, type JsonObject, type Settled } from '@guildhall/protocol';

const mostShown = 200;

/** A request without the fields nobody gave, checked before it is sent: a wrong one is refused here and nothing leaves. */
export function makeRequest(schema: z.ZodType, fields: { readonly [name: string]: Json | undefined }): Settled<JsonObject> {
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body[name] = value;
  const parsed = schema.safeParse(body);
  if (parsed.success) return done(body);
  const issue = parsed.error.issues[0];
  const [field = ''] = issue?.path ?? [];
  return refuse('invalid-input', `${String(field)} is ${shorten(body[String(field)])}: ${issueWords(issue)}`, { field: String(field) });
}

function shorten(value: Json | undefined): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}
