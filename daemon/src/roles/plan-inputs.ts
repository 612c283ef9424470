/**
 * What the other roles of a plan left behind, as files a role can work with: the newest kept version of each artifact lies under `inputs/<role>/<path>` of its workspace when its turn begins. Copies: what
 * a role does to them changes nobody else's file, and the next turn brings the originals again. The workspaces themselves stay apart.
 */
import type { ArtifactView } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import { placeWorkspaceFile, type Workspaces } from '@guildhall/tools';
import type { RolePlace } from './role-place.ts';

export const inputsFolder = 'inputs';

/** Newest first; older versions beyond this are not looked at. */
const mostArtifacts = 500;
/** Newest first, too. */
const mostBytes = 64 * 1_048_576;
const mostProblems = 20;

/** What could not be placed, in sentences; a role works without it. */
export async function placeInputs(
  deps: { readonly store: Pick<RoleStore, 'artifactsOf' | 'readArtifact'>; readonly workspaces: Workspaces },
  { plan, role }: RolePlace,
  workspace: string,
): Promise<readonly string[]> {
  const problems: string[] = [];
  let left = mostBytes;
  for (const artifact of newestOfOthers(await deps.store.artifactsOf({ plan, limit: mostArtifacts }), role)) {
    if (!artifact.kept) continue;
    left -= artifact.bytes;
    if (left < 0) {
      problems.push(`${artifact.role}/${artifact.path}, and what is older: all inputs together have more than ${mostBytes} bytes`);
      break;
    }
    const found = await deps.store.readArtifact(artifact.id);
    if (found?.content === undefined || found.content === null) continue;
    const placed = await placeWorkspaceFile(
      deps.workspaces,
      workspace,
      `${inputsFolder}/${artifact.role}/${artifact.path}`,
      Buffer.from(found.content, 'base64'),
    );
    if (!placed.ok) problems.push(`${artifact.role}/${artifact.path}: ${placed.refusal.message}`);
  }
  return problems.slice(0, mostProblems);
}

function newestOfOthers(artifacts: readonly ArtifactView[], role: string): readonly ArtifactView[] {
  const newest = new Map<string, ArtifactView>();
  for (const artifact of artifacts) {
    const name = `${artifact.role}/${artifact.path}`;
    const known = newest.get(name);
    if (artifact.role !== role && !artifact.path.split('/').includes('..') && (known === undefined || artifact.at > known.at)) newest.set(name, artifact);
  }
  return [...newest.values()];
}
