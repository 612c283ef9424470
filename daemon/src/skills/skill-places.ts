/** Where skills lie: those of the installation, of each agent, of each project, and those that wait to be approved. */
import { join } from 'node:path';
import { stagedFor } from '@guildhall/skills';

export interface SkillPlace {
  readonly scope: string;
  readonly folder: string;
}

export interface PlaceSources {
  readonly home: string;
  readonly config: () => { readonly agents: ReadonlyMap<string, unknown>; readonly skillFolders: ReadonlyMap<string, string> };
  readonly workspaceOf: (agent: string) => Promise<string>;
}

/** The folders of a skill's own: `<place>/<name>/SKILL.md`. */
export async function skillPlaces({ home, config, workspaceOf }: PlaceSources): Promise<readonly SkillPlace[]> {
  const { agents, skillFolders } = config();
  const own = [...agents.keys()].map(async (id) => ({ scope: `agent:${id}`, folder: join(await workspaceOf(id), 'skills') }));
  const projects = [...skillFolders].map(([project, folder]) => ({ scope: `project:${project}`, folder }));
  return [{ scope: 'global', folder: join(home, 'skills') }, ...(await Promise.all(own)), ...projects];
}

export function stagingRoot(home: string): string {
  return join(home, 'staged-skills');
}

/** No scope has a dot, so no two share a folder. */
export function stagingPlace(home: string, scope: string): SkillPlace {
  return { scope: stagedFor(scope), folder: join(stagingRoot(home), scope.replace(':', '.')) };
}
