import { done } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { pathAliases, pathText, toolInput } from '../input.ts';
import { refused, resultOf, told } from '../result.ts';
import { readFileBytes } from '../workspace/files.ts';
import { parsePath } from '../workspace/path-text.ts';
import type { Workspaces } from '../workspace/workspace.ts';
import { decodeText } from './text-file.ts';

const mostBytes = 16 * 1024 * 1024;
const longestLine = 2000;
const mostChars = 50_000;

const input = toolInput(
  {
    path: pathText,
    offset: z.int().min(1).default(1).describe('First line to read, counted from 1'),
    limit: z.int().min(1).max(5000).default(1000).describe('How many lines to read'),
  },
  { path: pathAliases, offset: ['start_line', 'startLine', 'line'], limit: ['max_lines', 'maxLines'] },
);

/** `read_file`: numbered lines of a text file in the workspace. */
export function readFileTool(workspaces: Workspaces): Tool<z.output<typeof input>> {
  return {
    name: 'read_file',
    description:
      'Read a text file of the workspace. Lines come numbered as "<number><tab><text>"; the numbers are not part of the file. Use offset and limit for long files.',
    input,
    idempotent: true,
    untrusted: true,
    private: true,
    async canonicalise(args, context) {
      const path = parsePath(args.path, context.workspace);
      return path.ok ? done({ ...args, path: path.value }) : path;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const workspace = await workspaces.admit(context.workspace);
      if (!workspace.ok) return refused(workspace.refusal);
      const file = await readFileBytes(workspace.value, args.path, mostBytes);
      const text = file.ok ? decodeText(file.value.bytes, args.path) : file;
      return resultOf(text, (content) => told(numberedLines(content, args.offset, args.limit), { path: args.path }));
    },
  };
}

function numberedLines(content: string, offset: number, limit: number): string {
  if (content === '') return '(the file is empty)';
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (offset > lines.length) return `(the file has ${lines.length} lines; there is nothing from line ${offset} on)`;
  const shown: string[] = [];
  let chars = 0;
  for (const [index, line] of lines.slice(offset - 1, offset - 1 + limit).entries()) {
    const cut = line.length > longestLine ? `${line.slice(0, longestLine)}… (${line.length} characters)` : line;
    const numbered = `${offset + index}\t${cut}`;
    chars += numbered.length + 1;
    if (chars > mostChars) break;
    shown.push(numbered);
  }
  const next = offset + shown.length;
  const rest = lines.length - next + 1;
  return rest > 0 ? `${shown.join('\n')}\n(${rest} more lines; read on with offset ${next})` : shown.join('\n');
}
