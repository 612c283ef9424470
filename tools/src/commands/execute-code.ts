import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { pathText, toolInput } from '../input.ts';
import { refused } from '../result.ts';
import { rootPath } from '../workspace/path-text.ts';
import { folderAliases, parseFolder, prepareCommand, type CommandSurroundings } from './command-input.ts';
import { describeOutcome, runCommand } from './run-command.ts';

const input = toolInput(
  {
    language: z.enum(['python', 'javascript']),
    code: z.string().min(1).max(200_000),
    cwd: pathText.default(rootPath).describe('Folder to run in'),
    timeout_seconds: z.int().min(1).max(600).default(60),
  },
  { language: ['lang'], code: ['source', 'script'], cwd: folderAliases, timeout_seconds: ['timeout', 'timeoutSeconds'] },
);

/** The programs that read code from their input. */
function interpreterOf(language: 'python' | 'javascript'): readonly string[] {
  return language === 'python' ? ['python3', '-'] : [process.execPath, '--input-type=module', '-'];
}

/** `execute_code`: runs a snippet in the workspace. Always asks: what code does cannot be read off it. */
export function executeCodeTool(around: CommandSurroundings): Tool<z.output<typeof input>> {
  return {
    name: 'execute_code',
    description: 'Run a Python 3 or JavaScript (ES module) snippet in the workspace and read what it prints. A person is asked first.',
    input,
    idempotent: false,
    untrusted: true,
    private: true,
    async canonicalise(args, context) {
      if (args.code.includes('\0') || !args.code.isWellFormed()) return refuse('invalid-input', 'the code holds a NUL or is not valid Unicode');
      const cwd = parseFolder(args.cwd, context);
      return cwd.ok ? done({ ...args, cwd: cwd.value }) : cwd;
    },
    danger: (args) => `it runs ${args.language} code, which can do anything on this machine that the daemon's user may`,
    effects: (args) => ({ kind: 'undecidable', argv: interpreterOf(args.language) }),
    async run(args, context) {
      const argv = interpreterOf(args.language);
      const prepared = await prepareCommand({ argv, cwd: args.cwd, free: false }, context, around);
      if (!prepared.ok) return refused(prepared.refusal);
      await using folder = prepared.value.folder;
      const deadlineMs = args.timeout_seconds * 1000;
      const outcome = await runCommand({
        ...prepared.value,
        cwd: folder.self,
        deadlineMs,
        signal: context.signal,
        progress: context.progress,
        input: args.code,
      });
      const { text, isError } = describeOutcome(args.language, outcome, deadlineMs);
      const exitCode = outcome.end.kind === 'exited' ? outcome.end.code : null;
      return { text, isError, data: { exitCode, stopped: outcome.stopped, durationMs: outcome.durationMs } };
    },
  };
}
