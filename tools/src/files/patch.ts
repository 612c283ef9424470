import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Tool, ToolResult } from '@guildhall/sessions';
import { z } from 'zod';
import { writesFile } from '../effects.ts';
import { pathAliases, pathText, toolInput } from '../input.ts';
import { failed, refused, resultOf, told } from '../result.ts';
import { readFileBytes, refuseProtected, writeFileBytes } from '../workspace/files.ts';
import { parsePath, rootPath } from '../workspace/path-text.ts';
import { isProtected } from '../workspace/protected.ts';
import type { Workspace, Workspaces } from '../workspace/workspace.ts';
import { applyEdits, type Edit } from './edits.ts';
import { decodeText } from './text-file.ts';
import { editsOfDiff } from './unified-diff.ts';

const edit = z.strictObject({
  old_text: z.string().min(1).describe('What stands in the file now, exactly, with enough lines around it to be unique'),
  new_text: z.string().describe('What shall stand there'),
  replace_all: z.boolean().default(false),
});

const input = toolInput(
  {
    path: pathText,
    old_text: z.string().min(1).exactOptional().describe('One edit: what stands in the file now'),
    new_text: z.string().exactOptional().describe('One edit: what shall stand there'),
    replace_all: z.boolean().exactOptional().describe('One edit: replace every place'),
    edits: z.array(edit).min(1).max(200).exactOptional().describe('Several edits, applied in order, all or none'),
    diff: z.string().min(1).exactOptional().describe('A unified diff of this one file instead of edits'),
  },
  {
    path: pathAliases,
    old_text: ['old_string', 'oldText', 'old_str', 'search'],
    new_text: ['new_string', 'newText', 'new_str', 'replace'],
    replace_all: ['replaceAll'],
    diff: ['patch'],
  },
);

type PatchInput = z.output<typeof input>;

/** `patch`: changes parts of a text file of the workspace, all or nothing. */
export function patchTool(workspaces: Workspaces): Tool<PatchInput> {
  return {
    name: 'patch',
    description:
      'Change parts of a text file: old_text with new_text, or edits[] with several of those, or diff with a unified diff. The old text must stand in the file exactly once.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const path = parsePath(args.path, context.workspace);
      if (!path.ok) return path;
      if (path.value === rootPath) return refuse('invalid-input', 'the path names the workspace itself; add a file name');
      if (isProtected(path.value)) return refuseProtected(path.value);
      const edits = editsOf(args);
      return edits.ok ? done({ path: path.value, edits: edits.value.map((one) => ({ ...one })) }) : edits;
    },
    danger: () => null,
    effects: ({ path }, context) => writesFile(path, context),
    async run(args, context) {
      const workspace = await workspaces.admit(context.workspace);
      if (!workspace.ok) return refused(workspace.refusal);
      return patchFile(workspace.value, args.path, args.edits ?? []);
    },
  };
}

function editsOf(args: PatchInput): Settled<readonly Edit[]> {
  const ways = [args.old_text !== undefined || args.new_text !== undefined, args.edits !== undefined, args.diff !== undefined].filter(Boolean).length;
  if (ways !== 1) return refuse('invalid-input', 'give either old_text with new_text, or edits, or diff');
  if (args.diff !== undefined) return editsOfDiff(args.diff);
  if (args.edits !== undefined) return done(args.edits);
  if (args.old_text === undefined || args.new_text === undefined)
    return refuse('invalid-input', 'old_text and new_text belong together; new_text may be empty');
  return done([{ old_text: args.old_text, new_text: args.new_text, replace_all: args.replace_all ?? false }]);
}

async function patchFile(workspace: Workspace, path: string, edits: readonly Edit[]): Promise<ToolResult> {
  const file = await readFileBytes(workspace, path, workspace.quota.fileBytes);
  if (!file.ok) return refused(file.refusal);
  const text = decodeText(file.value.bytes, path);
  if (!text.ok) return refused(text.refusal);
  const changed = applyEdits(text.value, edits, path);
  if (!changed.ok) return refused(changed.refusal);
  if (changed.value.text === text.value) return failed(`${path} already reads like that; nothing was changed`);
  const written = await writeFileBytes(workspace, path, Buffer.from(changed.value.text, 'utf8'), { expected: file.value.bytes });
  const { replaced } = changed.value;
  return resultOf(written, () => told(`Changed ${path} in ${replaced} ${replaced === 1 ? 'place' : 'places'}.`, { path, replaced }));
}
