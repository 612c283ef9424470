/** What a verb of the command line is, what it is given and what it answers. */
import type { Readable } from 'node:stream';
import type { ExitCode, Settled } from '@guildhall/protocol';
import type { CliEnvironment } from './environment.ts';
import type { Daemon } from './http/daemon-client.ts';
import type { LocalVerbs } from './local.ts';
import type { Output } from './terminal/output.ts';
import type { OutStream } from './terminal/screen.ts';
import type { Shown } from './terminal/shown.ts';

export interface Verb {
  /** The words and the arguments: `sessions show <key>`. */
  readonly usage: string;
  /** One line, for the list of verbs. */
  readonly summary: string;
  /** What the one line leaves out. */
  readonly more?: string;
  /** A command that works when pasted. */
  readonly example: string;
  readonly options?: readonly VerbOption[];
  /** Loads the code of the verb, so that `--help` loads none. */
  readonly load: () => Promise<RunVerb>;
}

export interface VerbOption {
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** Values to offer where the verb itself says what else it takes. */
  readonly offers?: readonly string[];
  /** May be given several times. */
  readonly repeats?: boolean;
}

/** Verbs about one thing. */
export interface Noun {
  /** One word, or two for a thing below another: `kanban lanes`. Several nouns of one name are one noun whose verbs the help shows in parts. */
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
  /** Verbs this version does not have yet. */
  readonly later?: readonly Verb[];
}

/** A part of the help. */
export interface Group {
  readonly heading: string;
  readonly entries: readonly (Noun | Verb)[];
}

/** The exit codes of the contract, and what shells give a program that Ctrl-C ended. */
export type ProcessExit = ExitCode | 130;

export type RunVerb = (call: Call) => Promise<Settled<Answer>>;

export interface InStream extends Readable {
  readonly isTTY?: boolean;
  /** Lets the program end although nobody closed its input. */
  unref?(): unknown;
}

export interface Call {
  /** Arguments and options by their camel-case names, as they were typed; a verb checks them with its own schema. */
  readonly input: { readonly [name: string]: unknown };
  /** Every verb there is, for those that tell about them. */
  readonly catalogue: readonly Group[];
  readonly output: Output;
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly environment: CliEnvironment;
  /** Aborts when the person interrupts or nobody reads any more. */
  readonly signal: AbortSignal;
  /** How long a lost connection is looked for before a verb that streams gives up, milliseconds. */
  readonly reconnectForMs: number;
  /** From now on Ctrl-C calls `handler` instead of `interrupt`. */
  onInterrupt(handler: () => void): void;
  /** Ends the run as Ctrl-C does: `signal` aborts, and the exit code says so where the verb gives none. */
  interrupt(): void;
  /** Finds the daemon anew each time: after a restart it may live elsewhere. */
  connect(): Promise<Settled<Daemon>>;
  local(): Promise<LocalVerbs>;
}

/** A verb either has one answer, told as JSON or as text, or has already written what it had to. */
export type Answer =
  | { readonly json: unknown; readonly text: () => Shown; readonly exit?: ProcessExit }
  | { readonly written: true; readonly exit?: ProcessExit };
