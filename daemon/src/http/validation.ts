/** A value against its schema, and what is wrong with it in words. */
import type { z } from 'zod';
import { done, refuse, type Settled } from '@guildhall/protocol';

/** `where` names the part of the request in the refusal: `body`, `query`, `path`. A field nobody listed is `unknown-field`, everything else `invalid-input`. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, where: string): Settled<z.output<S>> {
  const result = schema.safeParse(value);
  if (result.success) return done(result.data);
  const issues = result.error.issues
    .slice(0, 8)
    .map((issue) => ({ path: [where, ...issue.path.map(String)].join('.').slice(0, 300), message: issue.message.slice(0, 300) }));
  const unknown = result.error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown?.code === 'unrecognized_keys') {
    const names = unknown.keys
      .map((key) => `"${key.slice(0, 80)}"`)
      .slice(0, 8)
      .join(', ');
    return refuse(
      'unknown-field',
      `${[where, ...unknown.path.map(String)].join('.')} has no field ${names}. Leave it out; "/v1/openapi.json" lists the fields there are.`,
      { issues },
    );
  }
  return refuse('invalid-input', issues.map(({ path, message }) => `${path}: ${message}`).join('; '), { issues });
}
