import type { Settled } from '@guildhall/protocol';
import { decodeText } from '../files/text-file.ts';
import { readFileBytes } from './files.ts';
import { parsePath } from './path-text.ts';
import type { Workspaces } from './workspace.ts';

/** A text file of a workspace for the daemon itself, such as `SOUL.md`, under the same rules as for an agent: no link is followed. `not-found` when there is none. */
export async function readWorkspaceText(workspaces: Workspaces, workspace: string, path: string, mostBytes: number): Promise<Settled<string>> {
  const parsed = parsePath(path, workspace);
  if (!parsed.ok) return parsed;
  const admitted = await workspaces.admit(workspace);
  if (!admitted.ok) return admitted;
  const file = await readFileBytes(admitted.value, parsed.value, mostBytes);
  return file.ok ? decodeText(file.value.bytes, parsed.value) : file;
}
