import { done, type Settled } from '@guildhall/protocol';
import { readFileBytes, writeFileBytes } from './files.ts';
import { parsePath } from './path-text.ts';
import type { Workspaces } from './workspace.ts';

/** Puts a file into a workspace for the daemon itself, under the same rules as for an agent: no link is followed, limits hold. Where the same bytes lie already, nothing is written. */
export async function placeWorkspaceFile(workspaces: Workspaces, workspace: string, path: string, bytes: Buffer): Promise<Settled<null>> {
  const parsed = parsePath(path, workspace);
  if (!parsed.ok) return parsed;
  const admitted = await workspaces.admit(workspace);
  if (!admitted.ok) return admitted;
  const there = await readFileBytes(admitted.value, parsed.value, bytes.length);
  if (there.ok && there.value.bytes.equals(bytes)) return done(null);
  const written = await writeFileBytes(admitted.value, parsed.value, bytes);
  return written.ok ? done(null) : written;
}
