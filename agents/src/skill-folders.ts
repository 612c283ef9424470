/** Where a project keeps its skills. Paths only, as with workspaces. */
import { dirname, join, resolve } from 'node:path';
import type { WrittenConfig } from './config-schema.ts';
import type { Draft } from './draft.ts';
import { holds, workspaceOf, type HomeDirectories } from './workspaces.ts';

interface FolderProblem {
  readonly project: string;
  readonly message: string;
  readonly hint: string;
}

/** Absolute, by project. Relative ones are relative to the directory of the file. */
export function skillFoldersOf(written: WrittenConfig, file: string, homes: HomeDirectories): ReadonlyMap<string, string> {
  return new Map(Object.entries(written.skills?.folders ?? {}).map(([project, path]) => [project, absolute(path, file, homes)]));
}

function absolute(path: string, file: string, homes: HomeDirectories): string {
  return path === '~' || path.startsWith('~/') ? join(homes.userHome, path.slice(1)) : resolve(dirname(file), path);
}

/** An agent can write in its workspace, so no skill that others load may lie there; and what Guildhall keeps for itself is no project's. */
export function findSkillFolderProblems(draft: Draft, file: string, homes: HomeDirectories): readonly FolderProblem[] {
  const problems: FolderProblem[] = [];
  const before: (readonly [string, string])[] = [];
  const workspaces = [...draft.agents].map(([id, agent]) => [id, workspaceOf(id, agent.workspace, homes)] as const);
  const own = ['agents', 'plans', 'skills', 'staged-skills'].map((name) => join(homes.home, name));
  for (const [project, path] of skillFoldersOf(draft.written, file, homes)) {
    const agent = workspaces.find(([, workspace]) => meet(workspace, path));
    const other = before.find(([, folder]) => meet(folder, path));
    if (agent !== undefined)
      problems.push({
        project,
        message: `${path} and the workspace of ${agent[0]}, ${agent[1]}, lie in each other`,
        hint: 'choose a directory no agent works in',
      });
    else if (own.some((directory) => meet(directory, path)))
      problems.push({ project, message: `${path} holds files of Guildhall itself, or lies among them`, hint: 'choose another directory' });
    else if (other !== undefined)
      problems.push({
        project,
        message: `${path} and the folder of ${other[0]}, ${other[1]}, lie in each other`,
        hint: 'give each project a directory of its own',
      });
    before.push([project, path]);
  }
  return problems;
}

function meet(one: string, other: string): boolean {
  return holds(one, other) || holds(other, one);
}
