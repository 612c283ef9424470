/**
 * Cursors of the journal: a **timeline** and a position in it, as text that sorts in journal order. A restore begins a new timeline, so that a cursor from before it which
 * points past the restored end is recognised instead of silently skipping what came after.
 */
import { Fault, refuse, type Settled } from '@guildhall/protocol';

export interface CursorPoint {
  readonly timeline: number;
  readonly position: number;
}

const form = /^c([0-9a-z]{4})([0-9a-z]{11})$/;

export function formatCursor({ timeline, position }: CursorPoint): string {
  return `c${timeline.toString(36).padStart(4, '0')}${position.toString(36).padStart(11, '0')}`;
}

/** The point a cursor names; `''` is the beginning. Undefined when the text is no cursor. */
export function parseCursor(text: string): CursorPoint | undefined {
  if (text === '') return { timeline: 0, position: 0 };
  const [, timeline, position] = form.exec(text) ?? [];
  if (timeline === undefined || position === undefined) return undefined;
  const point = { timeline: Number.parseInt(timeline, 36), position: Number.parseInt(position, 36) };
  return Number.isSafeInteger(point.position) ? point : undefined;
}

/** `stream@seq`, the other way to say where to go on from. */
export function parseStreamPoint(text: string): { readonly stream: string; readonly seq: number } | undefined {
  const at = text.lastIndexOf('@');
  const seq = text.slice(at + 1);
  if (at < 1 || !/^\d{1,15}$/.test(seq)) return undefined;
  return { stream: text.slice(0, at), seq: Number(seq) };
}

export function notACursor(text: string): Settled<never> {
  return refuse('invalid-input', `"${text.slice(0, 120)}" is neither a cursor nor stream@seq; leave it out to read from the beginning`);
}

export function expiredCursor(text: string): Settled<never> {
  return refuse(
    'cursor-expired',
    `"${text.slice(0, 120)}" points past the end of this journal, which was restored from a backup or is another one; read again from the beginning`,
  );
}

/** For consumers, whose cursors come from this journal alone. */
export function positionOf(cursor: string): number {
  const point = parseCursor(cursor);
  if (point === undefined) throw new Fault('bad-cursor', `"${cursor.slice(0, 120)}" is not a cursor of this journal`);
  return point.position;
}
