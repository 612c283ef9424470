/** JSON merge patch: what is given replaces what is there, objects merge, null removes. */
import { isJsonObject, refuse, done, type Json, type JsonObject, type Settled } from '@guildhall/protocol';

/** How much metadata a task may gather, characters of JSON. */
const mostChars = 256 * 1024;

export function mergeMetadata(task: string, before: JsonObject, patch: JsonObject): Settled<JsonObject> {
  const merged = mergeObjects(before, patch);
  const chars = JSON.stringify(merged).length;
  if (chars > mostChars)
    return refuse('too-large', `the metadata of ${task} would be ${chars} characters; ${mostChars} is the most. Attach large things as files`, { task, chars });
  return done(merged);
}

function mergeObjects(before: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(before));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function mergeValue(before: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  return mergeObjects(before !== undefined && isJsonObject(before) ? before : {}, patch);
}
