/** What the configuration schema says about a place in the data: its keys, whether its text is kept, and the list of all places there are. */
import type { z } from 'zod';
import type { ConfigPath } from './config-error.ts';
import { configSchema } from './config-schema.ts';
import { keepsText } from './schema-fields.ts';

type Schema = z.core.$ZodType;

/** The schemas that may govern the value at `path`: several where the file may choose. */
function schemasAt(path: ConfigPath): readonly Schema[] {
  let here: readonly Schema[] = unwrap(configSchema);
  for (const step of path) here = here.flatMap((schema) => stepInto(schema, step)).flatMap((schema) => unwrap(schema));
  return here;
}

function unwrap(schema: Schema): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional' || def.type === 'nullable') return unwrap(def.innerType);
  if (def.type === 'union') return def.options.flatMap((option) => unwrap(option));
  return [schema];
}

function stepInto(schema: Schema, step: string | number): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'array') return typeof step === 'number' ? [def.element] : [];
  if (def.type === 'record') return typeof step === 'string' ? [def.valueType] : [];
  if (def.type !== 'object' || typeof step !== 'string' || !Object.hasOwn(def.shape, step)) return [];
  const member = def.shape[step];
  return member === undefined ? [] : [member];
}

/** The keys that may stand in the map at `path`; empty where any key may, or none. */
export function keysAt(path: ConfigPath): readonly string[] {
  return schemasAt(path).flatMap((schema) => {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
}

/** Is the value at `path` an id or a word whose text in the file is what counts? */
export function isTextAt(path: ConfigPath): boolean {
  return schemasAt(path).some((schema) => keepsText(schema));
}

/**
 * Every key a configuration may have, from the schema: `agents.*.tools.also_allow[]`, `bindings[].chat`. `*` stands for a name people choose, `[]` for the elements
 * of a list.
 */
export function configKeyPaths(): readonly string[] {
  const paths = new Set<string>();
  collect(configSchema, '', paths);
  return [...paths];
}

function collect(schema: Schema, path: string, paths: Set<string>): void {
  for (const option of unwrap(schema)) {
    const { def } = (option as z.core.$ZodTypes)._zod;
    if (def.type === 'array') collect(def.element, `${path}[]`, paths);
    if (def.type === 'record') collect(def.valueType, `${path}.*`, paths);
    if (def.type === 'object') for (const [key, member] of Object.entries(def.shape)) collect(member, path === '' ? key : `${path}.${key}`, paths);
    if (def.type !== 'array' && def.type !== 'record' && def.type !== 'object') paths.add(path);
  }
}
