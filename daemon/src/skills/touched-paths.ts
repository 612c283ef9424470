/** The paths a tool call names. Commands are not read: what a terminal touches is not known before it ran. */
import { type Json, type JsonObject, isJsonObject } from '@guildhall/protocol';

const fileTools: ReadonlySet<string> = new Set(['read_file', 'write_file', 'patch', 'search_files']);
const pathFields = ['path', 'paths', 'file', 'files'];
const diffFields = ['diff', 'patch'];
const mostPaths = 200;

export function touchedPaths(tool: string, args: JsonObject): readonly string[] {
  if (!fileTools.has(tool)) return [];
  const named = pathFields.flatMap((field) => textsIn(args[field]));
  const patched = diffFields.flatMap((field) => textsIn(args[field]).flatMap(diffTargets));
  return [...new Set([...named, ...patched])].slice(0, mostPaths);
}

function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Json) => (typeof one === 'string' ? [one] : isJsonObject(one) ? pathFields.flatMap((field) => textsIn(one[field])) : []));
}

function diffTargets(diff: string): readonly string[] {
  return [...diff.matchAll(/^(?:---|\+\+\+) (?:[ab]\/)?([^\t\r\n]{1,500})/gmu)].map((line) => line[1] ?? '').filter((path) => path !== '/dev/null');
}
