import { done, type Settled } from '@guildhall/protocol';
import { readFileBytes } from './files.ts';
import { parsePath, rootPath } from './path-text.ts';
import { walkWorkspace } from './walk.ts';
import type { Workspaces } from './workspace.ts';

/** Files of a workspace as the daemon itself looks for them: no link is followed, and folders whose name begins with a dot are not entered. At most `mostEntries` names are looked at. */
export async function listWorkspaceFiles(workspaces: Workspaces, workspace: string, under: string, mostEntries: number): Promise<Settled<readonly string[]>> {
  const admitted = await workspaces.admit(workspace);
  if (!admitted.ok) return admitted;
  const files: string[] = [];
  const enter = ({ name }: { readonly name: string }) => !name.startsWith('.') && name !== 'node_modules';
  const walked = await walkWorkspace(admitted.value, under === '' ? rootPath : under, { enter, mostEntries }, async ({ path, kind }) => {
    if (kind === 'file') files.push(path);
  });
  return walked.ok ? done(files) : walked;
}

/** A file of a workspace, under the same rules. */
export async function readWorkspaceBytes(workspaces: Workspaces, workspace: string, path: string, mostBytes: number): Promise<Settled<Buffer>> {
  const parsed = parsePath(path, workspace);
  if (!parsed.ok) return parsed;
  const admitted = await workspaces.admit(workspace);
  if (!admitted.ok) return admitted;
  const read = await readFileBytes(admitted.value, parsed.value, mostBytes);
  return read.ok ? done(read.value.bytes) : read;
}
