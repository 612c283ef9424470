import type { Screen } from './screen.ts';
import { joinShown, show, type Shown } from './shown.ts';
import { displayWidth } from './table.ts';
import { escapeBlock, escapeLine } from './terminal-text.ts';

/**
 * Text of others set apart: every line of the screen that holds some of it begins with a bar, also where a long one goes on, so that nothing in it can pass for a line of ours. All of it is
 * shown, what hides in it as well; a long line is broken behind a space where there is one.
 */
export function quote({ paint, marks, width }: Screen, text: string, indent = '  '): Shown {
  const room = width === undefined ? undefined : Math.max(20, width - indent.length - 3);
  const bar = paint('dim', marks.bar);
  const lines = escapeBlock(text)
    .split('\n')
    .flatMap((line) => wrap(escapeLine(line), room));
  return joinShown(lines.map((line) => show`${indent}${bar} ${line}`));
}

function wrap(line: string, room: number | undefined): readonly string[] {
  if (room === undefined || displayWidth(line) <= room) return [line];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    const width = displayWidth(segment);
    if (used + width > room) {
      const end = piece.lastIndexOf(' ') + 1;
      const cut = end * 2 > piece.length ? end : piece.length;
      pieces.push(piece.slice(0, cut));
      piece = piece.slice(cut);
      used = displayWidth(piece);
    }
    piece += segment;
    used += width;
  }
  return [...pieces, piece];
}
