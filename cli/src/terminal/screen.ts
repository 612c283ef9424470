import type { Writable } from 'node:stream';
import type { CliEnvironment } from '../environment.ts';
import { createPaint, type Paint } from './shown.ts';

/** A stream to write to that may be a terminal. */
export type OutStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** How the place we write to looks. */
export interface Screen {
  readonly paint: Paint;
  /** Columns of a terminal; undefined on a pipe, where nothing is cut. */
  readonly width: number | undefined;
  readonly marks: Marks;
  /** Wall clock, milliseconds. */
  readonly now: number;
  /** Whether lines may be rewritten in place. */
  readonly live: boolean;
}

interface Marks {
  readonly yes: string;
  readonly no: string;
  readonly warn: string;
  readonly dot: string;
  readonly bar: string;
  readonly prompt: string;
  readonly arrow: string;
  readonly ellipsis: string;
}

const fullMarks: Marks = { yes: '✓', no: '✗', warn: '!', dot: '·', bar: '│', prompt: '›', arrow: '→', ellipsis: '…' };
/** For terminals whose character set has no such signs. */
const plainMarks: Marks = { yes: '+', no: 'x', warn: '!', dot: '-', bar: '|', prompt: '>', arrow: '->', ellipsis: '...' };

export function readScreen(stream: OutStream, environment: CliEnvironment): Screen {
  const terminal = stream.isTTY === true;
  const live = terminal && environment.term !== 'dumb';
  return {
    paint: createPaint(live && !environment.noColor),
    width: terminal ? (stream.columns ?? 80) : undefined,
    marks: environment.unicode ? fullMarks : plainMarks,
    get now() {
      return Date.now();
    },
    live,
  };
}
