import { resolve } from 'node:path';
import { done } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { pathText, toolInput } from '../input.ts';
import { refused } from '../result.ts';
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
import { standingOfCommand } from './standing-command.ts';
import { describeOutcome, runCommand } from './run-command.ts';

const input = toolInput(
  {
    command: commandText,
    cwd: pathText.default(rootPath).describe('Folder to run in'),
    timeout_seconds: z.int().min(1).max(600).default(120),
    shell: z.boolean().default(false).describe('Run the one line with /bin/sh; a person is asked first'),
  },
  { command: commandAliases, cwd: folderAliases, timeout_seconds: ['timeout', 'timeoutSeconds'] },
);

/** `terminal`: runs a program in the workspace to its end. Everything it started is gone when it answers. */
export function terminalTool(around: CommandSurroundings, allowed: AllowedCommands): Tool<z.output<typeof input>> {
  return {
    name: 'terminal',
    description:
      'Run a program in the workspace and wait for it. Programs that only read (ls, cat, grep, git status …) run at once; others need a person’s yes first. Whatever it leaves running is ended; for servers use process.',
    input,
    idempotent: false,
    untrusted: true,
    private: true,
    async canonicalise(args, context) {
      const command = parseCommand(args.command, args.shell);
      if (!command.ok) return command;
      const cwd = parseFolder(args.cwd, context);
      return cwd.ok ? done({ ...args, command: command.value, cwd: cwd.value }) : cwd;
    },
    danger: (args, context) => dangerOf(args.command, args.shell, context, allowed),
    effects: (args, context) => effectsOfCommand(args.command, args.shell, context),
    standing: async ({ command, shell, cwd }, { workspace }) =>
      shell || typeof command === 'string' ? null : standingOfCommand(command, resolve(workspace, cwd), workspace),
    async run(args, context) {
      const argv = argvOf(args.command, args.shell);
      const free = !args.shell && dangerOf(args.command, false, context, []) === null;
      const prepared = await prepareCommand({ argv, cwd: args.cwd, free }, context, around);
      if (!prepared.ok) return refused(prepared.refusal);
      await using folder = prepared.value.folder;
      const deadlineMs = args.timeout_seconds * 1000;
      const outcome = await runCommand({ ...prepared.value, cwd: folder.self, deadlineMs, signal: context.signal, progress: context.progress });
      const { text, isError } = describeOutcome(argv[0] ?? '', outcome, deadlineMs);
      const exitCode = outcome.end.kind === 'exited' ? outcome.end.code : null;
      return { text, isError, data: { exitCode, stopped: outcome.stopped, durationMs: outcome.durationMs } };
    },
  };
}
