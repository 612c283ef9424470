import type { Output } from '../terminal/output.ts';
import { show, showEscaped, type Shown } from '../terminal/shown.ts';

/** Writes an answer that grows, and lines about it, so that no line begins in the middle of another. */
export interface LinePen {
  /** Text of the answer, escaped already. */
  text(piece: string): void;
  /** Begins a line that `finish` may still complete. */
  begin(line: Shown): void;
  /** Completes the line of `begin` if nothing came between; false when something did. */
  finish(end: Shown): boolean;
  /** A whole line beside the answer. */
  aside(line: Shown): void;
  /** Ends the line that is being written, if one is. */
  rest(): void;
}

/** On a terminal answer and asides go to one place; on a pipe the answer alone goes to stdout. `before` is called ahead of everything that is written. */
export function createLinePen(output: Output, before: () => void = () => undefined): LinePen {
  const together = output.screen.width !== undefined;
  let line: 'clean' | 'text' | 'begun' = 'clean';
  const rest = () => {
    if (line === 'clean') return;
    line = 'clean';
    output.write(showEscaped('\n'));
  };
  return {
    text(piece) {
      if (piece === '') return;
      before();
      if (line === 'begun') rest();
      output.write(showEscaped(piece));
      line = piece.endsWith('\n') ? 'clean' : 'text';
    },
    begin(start) {
      before();
      if (!together) {
        output.tell(start);
        return;
      }
      rest();
      output.write(start);
      line = 'begun';
    },
    finish(end) {
      if (line !== 'begun') return false;
      output.write(show` ${end}`);
      rest();
      return true;
    },
    aside(said) {
      before();
      if (together) rest();
      if (together) output.print(said);
      else output.tell(said);
    },
    rest,
  };
}
