/** One run of the command line: from the words that were typed to the exit code. */
import type { CommanderError } from 'commander';
import type { ExitCode, Refusal } from '@guildhall/protocol';
import { catalogue } from './catalogue/catalogue.ts';
import type { CliEnvironment } from './environment.ts';
import type { LocalVerbs } from './local.ts';
import { buildProgram, type Chosen } from './program.ts';
import { createOutput, type Output } from './terminal/output.ts';
import { readScreen, type OutStream } from './terminal/screen.ts';
import { show, showBlock } from './terminal/shown.ts';
import type { Call, InStream, ProcessExit } from './verb.ts';

export interface Surroundings {
  /** Loaded only when a verb works without a daemon. */
  readonly local: () => Promise<LocalVerbs>;
  readonly environment: CliEnvironment;
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  /** How long a lost daemon is looked for by verbs that stream, milliseconds; default one minute. */
  readonly reconnectForMs?: number;
}

const interruptedExit = 130;

/** `argv` without the program's own name. Never throws for what a person did; writes the answer or the refusal itself. */
export async function runCli(argv: readonly string[], around: Surroundings): Promise<ProcessExit> {
  const json = asksForJson(argv);
  const ending = watchForEnd(around);
  const screen = readScreen(json ? around.stderr : around.stdout, around.environment);
  const output = createOutput({ ...around, json, screen, signal: ending.signal });
  try {
    const exit = await runVerb(argv, around, output, ending);
    return exit ?? (ending.interrupted() ? interruptedExit : 0);
  } catch (error) {
    return await tellFault(output, error);
  } finally {
    ending.stop();
    around.stdin.unref?.();
  }
}

/** Undefined when the verb leaves the exit code to how the run ended. */
async function runVerb(argv: readonly string[], around: Surroundings, output: Output, ending: Ending): Promise<ProcessExit | undefined> {
  const parsed = await choose(argv, around, output);
  if ('exit' in parsed) return parsed.exit;
  const call: Call = {
    ...around,
    input: parsed.input,
    catalogue,
    output,
    signal: ending.signal,
    reconnectForMs: around.reconnectForMs ?? 60_000,
    onInterrupt: ending.onInterrupt,
    interrupt: ending.interrupt,
    async connect() {
      const { findDaemon } = await import('./http/find-daemon.ts');
      const { openDaemon } = await import('./http/daemon-client.ts');
      const address = await findDaemon(around.environment);
      return address.ok ? { ok: true, value: openDaemon(address.value, ending.signal) } : address;
    },
  };
  const run = await parsed.verb.load();
  const settled = await run(call);
  if (ending.signal.aborted && !settled.ok) return undefined;
  if (!settled.ok) return tellRefusal(output, settled.refusal);
  const answer = settled.value;
  if ('written' in answer) return answer.exit;
  if (output.json) output.emit(answer.json);
  else output.print(answer.text());
  return answer.exit;
}

/** The verb that was meant, or the exit code when there is nothing to run: help, the version, or words nobody understands. */
async function choose(argv: readonly string[], around: Surroundings, output: Output): Promise<Chosen | { readonly exit: ExitCode }> {
  let chosen: Chosen | undefined;
  let missing = '';
  const program = buildProgram({
    screen: output.screen,
    writeOut: (text) => void around.stdout.write(text),
    writeErr: (text) => (missing += text),
    choose: (verb) => (chosen = verb),
  });
  try {
    program.parse(helpAsked(argv), { from: 'user' });
    return chosen ?? { exit: 0 };
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode === 0) return { exit: 0 };
    if (error.code === 'commander.help') return { exit: await helpInstead(argv, around, output, missing) };
    return { exit: await tellRefusal(output, { code: 'invalid-input', message: usageSentence(error) }) };
  }
}

/** `help kanban claim` asks what `kanban claim --help` asks. */
function helpAsked(argv: readonly string[]): string[] {
  const [first, ...words] = argv;
  return first === 'help' && words.length > 0 ? [...words, '--help'] : [...argv];
}

/** No verb at all is a question; a noun without its verb is a mistake. */
async function helpInstead(argv: readonly string[], around: Surroundings, output: Output, help: string): Promise<ExitCode> {
  const noun = argv.filter((word) => !word.startsWith('-')).join(' ');
  if (noun === '') {
    around.stdout.write(help);
    return 0;
  }
  if (!output.json) {
    around.stderr.write(help);
    return 2;
  }
  return tellRefusal(output, { code: 'invalid-input', message: `"guildhall ${noun}" wants a verb. See: guildhall ${noun} --help` });
}

/** A mistake of the program itself: it says so, and where. */
async function tellFault(output: Output, error: unknown): Promise<ExitCode> {
  const fault = error instanceof Error ? error : new Error(String(error));
  if (fault.stack !== undefined) output.tell(output.screen.paint('dim', showBlock(fault.stack)));
  return tellRefusal(output, {
    code: 'failed',
    message: `This is a mistake in Guildhall itself: ${fault.message}. Please report it with the lines above.`,
  });
}

/** With `--json` the refusal is the one value on stdout; else one sentence on stderr. */
async function tellRefusal(output: Output, refusal: Refusal): Promise<ExitCode> {
  const { exitCodeOf } = await import('@guildhall/protocol');
  const { code, message, details = {} } = refusal;
  if (output.json) output.emit({ error: { code, message, details } });
  else output.tell(show`guildhall: ${showBlock(message)} [${code}]`);
  return exitCodeOf(code);
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

function usageSentence(error: CommanderError): string {
  return error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number';
}

interface Ending {
  /** Aborts on Ctrl-C, on a request to terminate and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  readonly interrupted: () => boolean;
  readonly onInterrupt: (handler: () => void) => void;
  readonly interrupt: () => void;
  readonly stop: () => void;
}

/**
 * The first interrupt asks the verb to end; the second one ends the program at once, because by then nobody listens for it any more. A verb with a use of its own for Ctrl-C
 * takes it over. The listeners for broken pipes stay, since writes may fail after the last verb has answered.
 */
function watchForEnd({ stdout, stderr }: Surroundings): Ending {
  const controller = new AbortController();
  let interrupted = false;
  let takenOver: (() => void) | undefined;
  const end = () => {
    interrupted = true;
    stop();
    controller.abort();
  };
  const onSignal = () => (takenOver ?? end)();
  const stop = () => void process.off('SIGINT', onSignal).off('SIGTERM', end);
  process.on('SIGINT', onSignal).on('SIGTERM', end);
  const onBrokenPipe = () => controller.abort();
  stdout.on('error', onBrokenPipe);
  stderr.on('error', () => undefined);
  return { signal: controller.signal, interrupted: () => interrupted, onInterrupt: (handler) => (takenOver = handler), interrupt: end, stop };
}
