/**
 * Memory files: one entry a line, each with the label of who led to it and when, written by the daemon in front of the words so that no words can pass for a label.
 *
 *     - [operator 2026-11-21] Prefers short answers.
 *
 * Lines people wrote otherwise are kept as they are and count as entries without a label. Pure.
 */
import { trustTiers, type TrustTier } from '@guildhall/protocol';
import { printableLine } from '../printable.ts';

export interface MemoryEntry {
  /** Who began the chain that wrote it; null for lines a person put into the file. */
  readonly source: TrustTier | null;
  /** `YYYY-MM-DD`; empty without a label. */
  readonly date: string;
  readonly text: string;
}

export const longestEntry = 600;

const labelled = new RegExp(`^- \\[(${trustTiers.join('|')}) (\\d{4}-\\d{2}-\\d{2})\\] (.+)$`, 'u');

export function parseMemory(file: string): readonly MemoryEntry[] {
  return file.split(/\r?\n/u).flatMap((line): readonly MemoryEntry[] => {
    if (line.trim() === '') return [];
    const found = labelled.exec(line);
    const source = trustTiers.find((tier) => tier === found?.[1]);
    if (found === null || source === undefined) return [{ source: null, date: '', text: line }];
    return [{ source, date: found[2] ?? '', text: found[3] ?? '' }];
  });
}

export function formatMemory(entries: readonly MemoryEntry[]): string {
  return entries.map((entry) => `${formatEntry(entry)}\n`).join('');
}

export function formatEntry({ source, date, text }: MemoryEntry): string {
  return source === null ? text : `- [${source} ${date}] ${text}`;
}

/** An entry of the words a model gave: one printable line. */
export function newEntry(text: string, source: TrustTier, now: number): MemoryEntry {
  return { source, date: new Date(now).toISOString().slice(0, 10), text: printableLine(text, longestEntry) };
}
