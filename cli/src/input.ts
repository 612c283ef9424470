import { z } from 'zod';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Call } from './verb.ts';

/** What was typed, checked. A wrong value is refused with the name of the option and what it may be. */
export function readInput<T>(call: Call, schema: z.ZodType<T>): Settled<T> {
  const parsed = schema.safeParse(call.input);
  if (parsed.success) return done(parsed.data);
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? 'input');
  const flag = isArgument(call, name) ? name : `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const typed = call.input[name];
  if (typed === undefined) return refuse('invalid-input', `${flag} is missing. See: ${String(call.input['words'])} --help`, { option: flag });
  return refuse('invalid-input', `${flag} is ${JSON.stringify(typed)}: ${issueWords(issue)}`, { option: flag });
}

/** What is wrong with a value, in words of this program where the checker has its own. */
export function issueWords(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'not valid';
  return issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1 ? 'it must not be empty' : issue.message;
}

/** An argument is called by its bare name, an option with the dashes it is typed with. */
function isArgument({ input }: Call, name: string): boolean {
  return Array.isArray(input['arguments']) && input['arguments'].includes(name);
}

/** A whole number that was typed. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, `a whole number from ${least} to ${most} is wanted`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `a whole number from ${least} to ${most} is wanted`);
}

/** `90s`, `15m`, `12h`, `30d` as seconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,8}[smhd]$/, 'a time such as 15m, 12h or 30d is wanted')
  .transform((text) => Number(text.slice(0, -1)) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[text.slice(-1)] ?? 1));
