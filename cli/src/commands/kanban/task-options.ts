/** How what is said about a task is typed, for making it and for changing it. */
import path from 'node:path';
import { z } from 'zod';
import { done, refuse, type Json, type Settled } from '@guildhall/protocol';
import { duration } from '../../input.ts';
import { readTypedText } from '../../typed-text.ts';
import type { Call } from '../../verb.ts';
import { parseWhen } from '../../when.ts';

const wholeWanted = 'a whole number is wanted';

export const taskFieldInput = {
  body: z.string().optional(),
  priority: z
    .string()
    .regex(/^-?\d{1,6}$/, wholeWanted)
    .transform(Number)
    .optional(),
  label: z.array(z.string()).optional(),
  accept: z.array(z.string()).optional(),
  review: z.boolean().optional(),
  reviewer: z.string().optional(),
  evidence: z.boolean().optional(),
  maxAttempts: z
    .string()
    .regex(/^\d{1,6}$/, wholeWanted)
    .transform(Number)
    .optional(),
  maxRuntime: z.union([z.literal('none'), duration]).optional(),
  at: z.string().optional(),
} as const;

const typedFields = z.object(taskFieldInput);

/** The fields of a request, those nobody gave undefined. */
export async function readTaskFields(call: Call, typed: z.infer<typeof typedFields>): Promise<Settled<{ readonly [name: string]: Json | undefined }>> {
  const body = typed.body === undefined ? done(undefined) : await readTypedText(call, typed.body);
  if (!body.ok) return body;
  const at = readStart(call, typed.at);
  if (!at.ok) return at;
  return done({
    body: body.value,
    priority: typed.priority,
    labels: typed.label,
    acceptance: typed.accept,
    review: typed.review === undefined ? undefined : typed.review ? 'required' : 'none',
    reviewer: typed.reviewer,
    evidenceRequired: typed.evidence,
    maxAttempts: typed.maxAttempts,
    maxRuntimeMs: typed.maxRuntime === 'none' ? null : typed.maxRuntime === undefined ? undefined : typed.maxRuntime * 1000,
    startAt: at.value,
  });
}

/** `now` and `none` take the limit away. */
export function readStart(call: Call, at: string | undefined): Settled<number | null | undefined> {
  if (at === undefined) return done(undefined);
  return at === 'now' || at === 'none' ? done(null) : parseWhen(at, call.output.screen.now);
}

/** `-` is nobody. */
export function readAssignee(typed: string): string | null {
  return typed === '-' ? null : typed;
}

/** `scratch`, `dir:PATH`, `worktree:REPOSITORY` or `worktree:REPOSITORY#BASE`; paths of this machine become absolute. */
export function readWorkspace(typed: string): Settled<{ readonly [name: string]: Json }> {
  if (typed === 'scratch') return done({ kind: 'scratch' });
  const [, kind, rest = ''] = /^(dir|worktree):(.+)$/s.exec(typed) ?? [];
  if (kind === 'dir') return done({ kind: 'directory', path: path.resolve(rest) });
  const [, repository = '', base] = /^(.+?)(?:#([^#]+))?$/s.exec(rest) ?? [];
  if (kind === 'worktree')
    return done({ kind: 'worktree', repository: isRemote(repository) ? repository : path.resolve(repository), ...(base === undefined ? {} : { base }) });
  return refuse('invalid-input', `--workspace is ${JSON.stringify(typed)}: scratch, dir:PATH or worktree:REPOSITORY#BASE is wanted`, { option: '--workspace' });
}

function isRemote(repository: string): boolean {
  return /^[\w+.-]+:\/\/|^[\w.-]+@/.test(repository);
}
