/** Runs a program to its end, within a deadline, and keeps a bounded part of what it said. */
import { deadline } from '@guildhall/kernel';
import { printable } from '../printable.ts';
import { createBoundedText } from './bounded-text.ts';
import { startChild, type ChildEnd, type ChildRequest } from './child-process.ts';

const headChars = 15_000;
const tailChars = 30_000;
/** A program that says more than this is stopped. */
const mostOutputBytes = 64 * 1024 * 1024;

export interface CommandRequest extends ChildRequest {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
  /** Given to the program, then its input is closed. */
  readonly input?: string;
}

export interface CommandOutcome {
  readonly end: ChildEnd;
  /** Why we ended it; null when it ended by itself. */
  readonly stopped: 'timed-out' | 'cancelled' | 'too-much-output' | null;
  /** Output and errors as they came, printable. */
  readonly output: string;
  readonly durationMs: number;
}

export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  const { clock, progress } = request;
  const startedAt = clock.mono();
  const limit = deadline(request.deadlineMs, request.signal);
  const kept = createBoundedText(headChars, tailChars);
  const child = startChild(request);
  let stopped: CommandOutcome['stopped'] = null;
  let bytes = 0;
  const stop = (reason: NonNullable<CommandOutcome['stopped']>) => {
    stopped ??= reason;
    void child.stop();
  };
  const onAbort = () => stop(limit.expired() ? 'timed-out' : 'cancelled');
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new TextDecoder();
    stream.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > mostOutputBytes) return stop('too-much-output');
      const text = decoder.decode(part, { stream: true });
      kept.append(text);
      progress(printable(text));
    });
  }
  if (limit.signal.aborted) onAbort();
  else limit.signal.addEventListener('abort', onAbort, { once: true });
  child.stdin.end(request.input ?? '');
  try {
    const end = await child.ended;
    return { end, stopped, output: printable(kept.text()), durationMs: Math.round(clock.mono() - startedAt) };
  } finally {
    limit.signal.removeEventListener('abort', onAbort);
    limit.clear();
  }
}

/** The outcome in words for a model. */
export function describeOutcome(program: string, outcome: CommandOutcome, deadlineMs: number): { readonly text: string; readonly isError: boolean } {
  const { end, stopped, output } = outcome;
  const said = output.trimEnd() === '' ? '(no output)' : output.trimEnd();
  if (end.kind === 'not-started') {
    const reason = end.code === 'ENOENT' ? `there is no program called ${program}` : end.code === 'EACCES' ? `${program} may not be run` : end.code;
    return { text: `The command did not start: ${reason}.`, isError: true };
  }
  if (stopped === 'timed-out') return { text: `${said}\n(timeout: stopped after ${deadlineMs / 1000} s, with everything it had started)`, isError: true };
  if (stopped === 'cancelled') return { text: `${said}\n(cancelled, and stopped with everything it had started)`, isError: true };
  if (stopped === 'too-much-output') return { text: `${said}\n(stopped: more than ${mostOutputBytes / 1024 / 1024} MiB of output)`, isError: true };
  if (end.kind === 'signalled') return { text: `${said}\n(ended by ${end.signal})`, isError: true };
  return { text: end.code === 0 ? said : `${said}\n(exit code ${end.code})`, isError: end.code !== 0 };
}
