import { deadline, globMatcher, type Clock } from '@guildhall/kernel';
import { done } from '@guildhall/protocol';
import type { Tool, ToolContext, ToolResult } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { pathText, toolInput } from '../input.ts';
import { printable } from '../printable.ts';
import { refused, told } from '../result.ts';
import { readFrom } from '../workspace/files.ts';
import { parsePath, rootPath } from '../workspace/path-text.ts';
import { walkWorkspace, type Entry } from '../workspace/walk.ts';
import type { Workspace, Workspaces } from '../workspace/workspace.ts';
import { lineMatcher } from './line-matcher.ts';
import { decodeText } from './text-file.ts';

const mostEntries = 100_000;
const largestFileBytes = 4 * 1024 * 1024;
const longestShownLine = 400;
const mostChars = 40_000;
const longestSearchMs = 20_000;
const longestBlockMs = 20;
const folderNotEntered: ReadonlySet<string> = new Set(['.git', 'node_modules']);

const input = toolInput(
  {
    pattern: z.string().min(1).max(2000).describe('Text to find in lines, or with target "files" a file-name pattern such as **/*.ts'),
    target: z.enum(['content', 'files']).default('content'),
    path: pathText.default(rootPath).describe('Folder to search in'),
    glob: z.string().min(1).max(500).exactOptional().describe('Search only in files whose name matches, such as *.{ts,js}'),
    regex: z.boolean().default(false).describe('Take pattern as an RE2 regular expression'),
    ignore_case: z.boolean().default(false),
    limit: z.int().min(1).max(1000).default(100).describe('Most results'),
  },
  {
    pattern: ['query'],
    path: ['directory', 'dir', 'folder'],
    glob: ['file_glob', 'include', 'fileGlob'],
    ignore_case: ['ignoreCase', 'case_insensitive'],
    limit: ['max_results'],
  },
);

type SearchInput = z.output<typeof input>;

interface Hits {
  readonly lines: string[];
  count: number;
  chars: number;
  skipped: number;
}

/** `search_files`: lines with a text, or files with a name, below a folder of the workspace. Links, version control and node_modules are not entered. */
export function searchFilesTool(workspaces: Workspaces, clock: Clock): Tool<SearchInput> {
  return {
    name: 'search_files',
    description: 'Find lines that contain a text (target "content") or files by name (target "files", pattern ** lists all) in the workspace.',
    input,
    idempotent: true,
    untrusted: true,
    private: true,
    async canonicalise(args, context) {
      const path = parsePath(args.path, context.workspace);
      if (!path.ok) return path;
      const matcher = lineMatcher({ pattern: args.pattern, regex: args.target === 'content' && args.regex, ignoreCase: args.ignore_case });
      return matcher.ok ? done({ ...args, path: path.value }) : matcher;
    },
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const workspace = await workspaces.admit(context.workspace);
      return workspace.ok ? search(workspace.value, args, context, clock) : refused(workspace.refusal);
    },
  };
}

async function search(workspace: Workspace, args: SearchInput, context: ToolContext, clock: Clock): Promise<ToolResult> {
  const limit = deadline(longestSearchMs, context.signal);
  const hits: Hits = { lines: [], count: 0, chars: 0, skipped: 0 };
  const matcher = lineMatcher({ pattern: args.pattern, regex: args.regex, ignoreCase: args.ignore_case });
  if (!matcher.ok) return refused(matcher.refusal);
  const named = globMatcher(args.target === 'files' ? args.pattern : (args.glob ?? '**'));
  const full = () => hits.count >= args.limit || hits.chars > mostChars || limit.signal.aborted;
  try {
    const walked = await walkWorkspace(
      workspace,
      args.path,
      { mostEntries, signal: limit.signal, enter: (entry) => !folderNotEntered.has(entry.name) },
      async (entry) => {
        if (entry.kind !== 'file' || !named(entry.path)) return true;
        if (args.target === 'files') add(hits, printable(entry.path));
        else await searchFile(entry, matcher.value, hits, full, clock);
        return !full();
      },
    );
    if (!walked.ok) return refused(walked.refusal);
    const notes = [
      ...(limit.expired() ? [`(stopped after ${longestSearchMs / 1000} s; search in a smaller folder)`] : []),
      ...(hits.count >= args.limit || hits.chars > mostChars ? [`(stopped after ${hits.count} results; narrow the search)`] : []),
      ...(walked.value.cut ? [`(only the first ${mostEntries} entries were looked at)`] : []),
      ...(hits.skipped > 0 ? [`(${hits.skipped} binary, linked or very large files were left out)`] : []),
    ];
    return told([...(hits.count === 0 ? ['Nothing was found.'] : hits.lines), ...notes].join('\n'), { count: hits.count });
  } finally {
    limit.clear();
  }
}

async function searchFile(entry: Entry, matches: (line: string) => boolean, hits: Hits, full: () => boolean, clock: Clock): Promise<void> {
  const file = await readFrom(entry.folder, entry.name, largestFileBytes);
  const text = file.ok ? decodeText(file.value.bytes, entry.path) : file;
  if (!text.ok) {
    hits.skipped += 1;
    return;
  }
  let since = clock.mono();
  for (const [index, line] of text.value.split('\n').entries()) {
    if (clock.mono() - since > longestBlockMs) {
      await clock.sleep(0);
      since = clock.mono();
    }
    if (full()) return;
    if (matches(line)) add(hits, `${printable(entry.path)}:${index + 1}: ${line.length > longestShownLine ? `${line.slice(0, longestShownLine)}…` : line}`);
  }
}

function add(hits: Hits, line: string): void {
  hits.lines.push(line);
  hits.count += 1;
  hits.chars += line.length + 1;
}
