import type { Screen } from './screen.ts';
import { joinShown, showBlock, type PaintName, type Shown } from './shown.ts';

/** A unified diff with its lines coloured. */
export function paintDiff({ paint }: Screen, diff: string): Shown {
  return joinShown(
    diff
      .trimEnd()
      .split('\n')
      .map((line) => paint(paintOf(line), showBlock(line))),
  );
}

function paintOf(line: string): PaintName {
  if (line.startsWith('+++') || line.startsWith('---')) return 'bold';
  if (line.startsWith('+')) return 'green';
  if (line.startsWith('-')) return 'red';
  return line.startsWith('@@') ? 'cyan' : 'plain';
}
