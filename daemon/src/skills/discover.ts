/** Looks through a place for skills: one folder each, no link followed. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { skillName } from '@guildhall/protocol';
import type { FoundSkill } from '@guildhall/skills';
import { readSkill } from './read-skill.ts';
import type { SkillPlace } from './skill-places.ts';
import { codeOf } from '../system-error.ts';

export interface Discovery {
  readonly found: readonly FoundSkill[];
  /** Folders that can be no skill, each with why, in a sentence. */
  readonly odd: readonly string[];
  /** False when there was more than is looked at: then nothing can be said of what was not found. */
  readonly whole: boolean;
}

const mostSkills = 200;
const mostOdd = 50;

/** Undefined when the place could not be looked into, so that nothing can be said of what lies there. */
export async function discover({ scope, folder }: SkillPlace): Promise<Discovery | undefined> {
  const names = await foldersIn(folder);
  if (names === undefined) return undefined;
  const odd = names.filter((name) => !skillName.safeParse(name).success).map((name) => `${join(folder, name)} is not the name of a skill`);
  const fitting = names.filter((name) => skillName.safeParse(name).success);
  if (fitting.length > mostSkills) odd.unshift(`${folder} holds ${fitting.length} skills; only the first ${mostSkills} are looked at`);
  const found: FoundSkill[] = [];
  for (const name of fitting.slice(0, mostSkills)) {
    const skill = await readSkill(join(folder, name), name, scope);
    if (skill.ok) found.push(skill.value);
  }
  return { found, odd: odd.slice(0, mostOdd), whole: fitting.length <= mostSkills };
}

async function foldersIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    if (!(await lstat(folder)).isDirectory()) return undefined;
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
    return names.toSorted();
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? [] : undefined;
  }
}
