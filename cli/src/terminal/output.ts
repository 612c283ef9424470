import type { Screen, OutStream } from './screen.ts';
import { joinShown, nothing, show, type Shown } from './shown.ts';
import { escapeJson } from './terminal-text.ts';

/** Where a command writes. With `--json` stdout belongs to programs: what is for people goes to stderr. */
export interface Output {
  readonly json: boolean;
  readonly screen: Screen;
  /** A line for people: the answer. */
  print(line: Shown): void;
  /** The same without the end of the line. */
  write(piece: Shown): void;
  /** A line for people beside the answer: always on stderr. */
  tell(line: Shown): void;
  /** One JSON value and a newline on stdout. */
  emit(value: unknown): void;
  /** Lines of JSON as they come from the daemon, at the pace stdout takes them. */
  copy(lines: AsyncIterable<string>): Promise<void>;
}

export function createOutput(options: { stdout: OutStream; stderr: OutStream; json: boolean; screen: Screen; signal: AbortSignal }): Output {
  const { stdout, stderr, json, screen, signal } = options;
  const people = json ? stderr : stdout;
  const put = (stream: OutStream, text: string) => !stream.writable || stream.write(text);
  return {
    json,
    screen,
    print: (line) => void put(people, joinShown([line, nothing]).shown),
    write: (piece) => void put(people, piece.shown),
    tell: (line) => void put(stderr, joinShown([line, nothing]).shown),
    emit: (value) => void put(stdout, `${escapeJson(JSON.stringify(value))}\n`),
    async copy(lines) {
      for await (const line of lines) {
        if (signal.aborted) return;
        if (!put(stdout, `${stdout.isTTY === true ? escapeJson(line) : line}\n`)) await drained(stdout, signal);
      }
    },
  };
}

/** Waits until `stream` takes more, is closed, or `signal` aborts. */
function drained(stream: OutStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      stream.off('drain', finish).off('close', finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    stream.on('drain', finish).on('close', finish);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted || stream.destroyed) finish();
  });
}

/** `1 session`, `3 sessions`. */
export function count(amount: number, noun: string, plural = `${noun}s`): Shown {
  return show`${amount} ${amount === 1 ? noun : plural}`;
}
