import { isJsonObject } from '@guildhall/protocol';

/** Arguments that say at a glance what a call is about, most telling first. */
const telling = ['path', 'file', 'command', 'argv', 'url', 'query', 'pattern', 'goal', 'name', 'question', 'action', 'text'] as const;

/** The one argument that matters, else all of them as JSON, cut at `most` characters. A glance, not a record: approvals show arguments whole. */
export function summarizeCall(args: unknown, most = 80): string {
  if (!isJsonObject(args)) return '';
  const names = Object.keys(args);
  if (names.length === 0) return '';
  const name = telling.find((candidate) => args[candidate] !== undefined) ?? (names.length === 1 ? names[0] : undefined);
  const value = name === undefined ? args : args[name];
  const text = typeof value === 'string' ? value : isWords(value) ? value.join(' ') : JSON.stringify(value);
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > most || line.length < text.length ? `${line.slice(0, most - 1)}…` : line;
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}
