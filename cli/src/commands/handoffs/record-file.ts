/** Handoffs as people write them down: JSON with one record or an array of them. Every complaint says on which line. */
import { done, handoffRecord, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import { issueWords } from '../../input.ts';
import { lineOf, placesIn, type Place } from './places-in-json.ts';

const jsonObject = z.record(z.string(), z.json());
const mostComplaints = 20;

interface Complaint {
  readonly line: number;
  readonly message: string;
}

/** The records as they were written, all of them right; a single one counts as an array of one. `several`: it was an array. */
export function readRecords(text: string, file: string): Settled<{ readonly records: readonly JsonObject[]; readonly several: boolean }> {
  const parsed = parse(text);
  if ('line' in parsed) return complain(file, [parsed]);
  const several = Array.isArray(parsed.value);
  const values: readonly unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  const places = [...placesIn(text)];
  const complaints = [...repeatedKeys(places), ...values.flatMap((value, at) => complaintsAbout(value, several ? [at] : [], places))];
  if (complaints.length > 0) return complain(file, complaints);
  if (values.length === 0) return complain(file, [{ line: 1, message: 'there is no record in it' }]);
  return done({ records: values.map((value) => jsonObject.parse(value)), several });
}

function parse(text: string): { readonly value: unknown } | Complaint {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = /\(line (\d+) column (\d+)\)/.exec(message);
    const words = message.replace(/ (?:in JSON )?at position .*$/s, '');
    return {
      line: line === null ? text.trimEnd().split('\n').length : Number(line[1]),
      message: line === null ? words : `${words} at column ${line[2] ?? ''}`,
    };
  }
}

function complaintsAbout(value: unknown, at: readonly PropertyKey[], places: readonly Place[]): readonly Complaint[] {
  const checked = handoffRecord.safeParse(value);
  if (checked.success) return [];
  return checked.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        line: lineOf(places, [...at, ...issue.path, key]),
        message: `${key} is no field of a handoff; there are ${fields.join(', ')}`,
      }));
    const path = [...at, ...issue.path];
    const isThere = places.some((place) => samePath(place.path, path));
    const name = issue.path.join('.') || 'the record';
    return [{ line: lineOf(places, path), message: isThere ? `${name}: ${issueWords(issue)}` : `${name} is missing` }];
  });
}

const fields = Object.keys(handoffRecord.shape);

/** JSON takes the last of two; a person reads the first. */
function repeatedKeys(places: readonly Place[]): readonly Complaint[] {
  const seen = new Set<string>();
  return places.flatMap(({ path, line }) => {
    const key = JSON.stringify(path);
    if (seen.has(key)) return [{ line, message: `${String(path.at(-1))} is given twice` }];
    seen.add(key);
    return [];
  });
}

function samePath(one: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  return one.length === other.length && one.every((step, at) => step === other[at]);
}

function complain(file: string, complaints: readonly Complaint[]): Settled<never> {
  const ordered = complaints.toSorted((one, other) => one.line - other.line);
  const shown = ordered.slice(0, mostComplaints).map(({ line, message }) => `${file}:${line}: ${message}`);
  const rest = ordered.length > mostComplaints ? [`and ${ordered.length - mostComplaints} more`] : [];
  return refuse('invalid-input', ['Nothing was sent.', ...shown, ...rest].join('\n'), {
    file,
    errors: ordered.map(({ line, message }) => ({ line, message })),
  });
}
