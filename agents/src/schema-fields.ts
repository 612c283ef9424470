/** The small pieces the configuration schema is made of. Each refusal is a sentence; none repeats a value that may be a secret. */
import { z } from 'zod';
import { isRoleName } from './role-names.ts';
import { readSecretReference } from './secret-reference.ts';

export const agentIdPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Schemas whose scalars keep the text they have in the file, so that ids lose no digit. */
const textSchemas = z.registry<{ readonly keepText: true }>();

export function keepsText(schema: z.core.$ZodType): boolean {
  return textSchemas.has(schema);
}

export function agentId(): z.ZodString {
  return z
    .string()
    .regex(agentIdPattern, 'an agent id is 1 to 64 of a-z, 0-9, _ and -, and starts with a letter or digit')
    .register(textSchemas, { keepText: true });
}

/** An id of a chat platform: any text, compared exactly. */
export function platformId(what: string): z.ZodString {
  return z
    .string()
    .min(1, `the ${what} is empty`)
    .max(512, `the ${what} is longer than 512 characters`)
    .refine((text) => text === text.trim(), `the ${what} begins or ends with a space, so it would never match`)
    .describe(`${what[0]?.toUpperCase()}${what.slice(1)}, compared exactly`)
    .register(textSchemas, { keepText: true });
}

/** Free text where a number in the file means its digits: a word of a command, a variable, a header. */
export function word(atLeast = 0): z.ZodString {
  return z.string().min(atLeast, 'this is empty').max(32_768, 'this is longer than 32,768 characters').register(textSchemas, { keepText: true });
}

/** A role as people write it: any spelling, compared folded. */
export function roleName(): z.ZodString {
  return z
    .string()
    .refine((name) => isRoleName(name), 'a role name is made of at most 120 Latin letters and digits, with spaces, /, _, - or . between them')
    .register(textSchemas, { keepText: true });
}

/** A line of text whose digits count. */
export function roleWord(limit: number): z.ZodString {
  return z.string().min(1, 'this is empty').max(limit, `this is longer than ${limit} characters`).register(textSchemas, { keepText: true });
}

export function sentence(limit: number): z.ZodString {
  return z.string().max(limit, `this is longer than ${limit} characters`);
}

/** `<provider>/<model>`; whether the provider is known is checked with the whole file at hand. */
export function modelName(): z.ZodString {
  return z.string().regex(/^[^\s/]\S{0,254}$/, 'a model is written <provider>/<model>, without spaces');
}

export function secretReference(): z.ZodString {
  return z
    .string()
    .refine((text) => readSecretReference(text) !== undefined, 'a secret may not stand in this file: name where it is, as ${NAME}, env:NAME or file:/path')
    .describe('Where the secret is: ${NAME} or env:NAME for a variable of the environment, file:/path for a file');
}

export function httpUrl(): z.ZodString {
  return z.string().refine(isHttpUrl, 'this is not an http:// or https:// URL without a user name in it');
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
}

export function wholeNumber(from: number, to: number): z.ZodInt {
  return z.int().min(from).max(to);
}

export function amountOfMoney(): z.ZodNumber {
  return z.number().min(0).max(1_000_000);
}
