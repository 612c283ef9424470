import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { writesFile } from '../effects.ts';
import { pathAliases, pathText, toolInput } from '../input.ts';
import { refused, resultOf, told } from '../result.ts';
import { refuseProtected, writeFileBytes } from '../workspace/files.ts';
import { parsePath, rootPath } from '../workspace/path-text.ts';
import { isProtected } from '../workspace/protected.ts';
import type { Workspaces } from '../workspace/workspace.ts';

const input = toolInput(
  { path: pathText, content: z.string().describe('The whole new content of the file') },
  { path: pathAliases, content: ['contents', 'text', 'file_text'] },
);

/** `write_file`: makes or replaces a file of the workspace as a whole. */
export function writeFileTool(workspaces: Workspaces): Tool<z.output<typeof input>> {
  return {
    name: 'write_file',
    description: 'Create a file in the workspace, or replace all of it. Missing folders are made. To change a part of a file use patch.',
    input,
    idempotent: false,
    untrusted: false,
    private: false,
    async canonicalise(args, context) {
      const path = parsePath(args.path, context.workspace);
      if (!path.ok) return path;
      if (path.value === rootPath) return refuse('invalid-input', 'the path names the workspace itself; add a file name');
      if (isProtected(path.value)) return refuseProtected(path.value);
      if (!args.content.isWellFormed()) return refuse('invalid-input', 'the content is not valid Unicode');
      return done({ ...args, path: path.value });
    },
    danger: () => null,
    effects: ({ path }, context) => writesFile(path, context),
    async run(args, context) {
      const workspace = await workspaces.admit(context.workspace);
      if (!workspace.ok) return refused(workspace.refusal);
      const bytes = Buffer.from(args.content, 'utf8');
      const written = await writeFileBytes(workspace.value, args.path, bytes);
      return resultOf(written, ({ created }) =>
        told(`${created ? 'Created' : 'Replaced'} ${args.path} (${bytes.length} bytes).`, { path: args.path, bytes: bytes.length, created }),
      );
    },
  };
}
