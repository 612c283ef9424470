import { done, refuse } from '@guildhall/protocol';
import type { Tool, ToolContext, ToolResult } from '@guildhall/sessions';
import { z } from 'zod';
import { pathText, toolInput } from '../input.ts';
import { printableLine } from '../printable.ts';
import { failed, refused, resultOf, told } from '../result.ts';
import { rootPath } from '../workspace/path-text.ts';
import {
  argvOf,
  commandAliases,
  commandText,
  dangerOf,
  effectsOfCommand,
  folderAliases,
  parseCommand,
  parseFolder,
  prepareCommand,
  type CommandSurroundings,
} from './command-input.ts';
import type { AllowedCommands } from './danger.ts';
import type { BackgroundProcess, ProcessTable } from './process-table.ts';

const input = toolInput(
  {
    action: z.enum(['start', 'list', 'read', 'stop']),
    command: commandText.exactOptional(),
    cwd: pathText.default(rootPath).describe('With start: folder to run in'),
    shell: z.boolean().default(false).describe('With start: run the one line with /bin/sh; a person is asked first'),
    id: z.string().min(1).max(100).exactOptional().describe('With read and stop: which program'),
    since: z.int().min(0).default(0).describe('With read: only what came after this position, as the last read told it'),
  },
  { command: commandAliases, cwd: folderAliases, id: ['process_id', 'processId'], since: ['offset'] },
);

type ProcessInput = z.output<typeof input>;

const mostReadChars = 40_000;

/** `process`: programs that keep running while the conversation goes on; each belongs to the session that started it. */
export function processTool(around: CommandSurroundings, table: ProcessTable, allowed: AllowedCommands): Tool<ProcessInput> {
  return {
    name: 'process',
    description:
      'Programs in the background, such as a development server: start one, list them, read what one has printed, stop one. They end with the daemon.',
    input,
    idempotent: false,
    untrusted: true,
    private: true,
    async canonicalise(args, context) {
      if (args.action !== 'start') {
        if (args.command !== undefined || args.shell) return refuse('invalid-input', `command and shell belong to action "start", not to "${args.action}"`);
        if (args.action !== 'list' && args.id === undefined)
          return refuse('invalid-input', `action "${args.action}" needs the id of a program; see them with action "list"`);
        return done(args);
      }
      if (args.command === undefined) return refuse('invalid-input', 'action "start" needs a command');
      const command = parseCommand(args.command, args.shell);
      if (!command.ok) return command;
      const cwd = parseFolder(args.cwd, context);
      return cwd.ok ? done({ ...args, command: command.value, cwd: cwd.value }) : cwd;
    },
    danger: (args, context) => (args.action === 'start' && args.command !== undefined ? dangerOf(args.command, args.shell, context, allowed) : null),
    effects(args, context) {
      if (args.action === 'start' && args.command !== undefined) return effectsOfCommand(args.command, args.shell, context);
      return { kind: args.action === 'stop' ? 'known' : 'none' };
    },
    async run(args, context) {
      if (args.action === 'start') return start(args, context, around, table);
      if (args.action === 'list') return list(table.list(context.sessionKey));
      const found = table.find(context.sessionKey, args.id ?? '');
      if (!found.ok) return refused(found.refusal);
      if (args.action === 'read') return read(found.value, args.since);
      await found.value.child.stop();
      return told(`${found.value.id} is stopped, with everything it had started.`);
    },
  };
}

async function start(args: ProcessInput, context: ToolContext, around: CommandSurroundings, table: ProcessTable): Promise<ToolResult> {
  const command = args.command ?? '';
  const argv = argvOf(command, args.shell);
  const free = !args.shell && dangerOf(command, false, context, []) === null;
  const prepared = await prepareCommand({ argv, cwd: args.cwd, free }, context, around);
  if (!prepared.ok) return refused(prepared.refusal);
  await using folder = prepared.value.folder;
  const started = table.start(context.sessionKey, printableLine(argv.join(' '), 200), { ...prepared.value, cwd: folder.self });
  if (started.ok && started.value.child.pid === undefined) {
    const end = await started.value.child.ended;
    return failed(`The program did not start: ${end.kind === 'not-started' ? end.code : end.kind}.`);
  }
  return resultOf(started, ({ id, command: line }) => told(`Started ${id}: ${line}`, { id }));
}

function list(processes: readonly BackgroundProcess[]): ToolResult {
  if (processes.length === 0) return told('No program runs in the background of this session.', { processes: [] });
  return told(processes.map((one) => `${one.id}  ${stateOf(one)}  ${one.command}`).join('\n'), {
    processes: processes.map((one) => ({ id: one.id, running: one.end === null })),
  });
}

function read(process: BackgroundProcess, since: number): ToolResult {
  const { text, lost } = process.output.since(since);
  const shown = text.slice(0, mostReadChars);
  const position = since + lost + shown.length;
  const notes = [
    ...(lost > 0 ? [`(${lost} earlier characters are gone)`] : []),
    shown === '' ? '(nothing new)' : shown,
    `(${stateOf(process)}; read on with since ${position})`,
  ];
  return told(notes.join('\n'), { id: process.id, running: process.end === null, position });
}

function stateOf({ end }: BackgroundProcess): string {
  if (end === null) return 'running';
  if (end.kind === 'exited') return `ended with exit code ${end.code}`;
  return end.kind === 'signalled' ? `ended by ${end.signal}` : `never started (${end.code})`;
}
