/** Puts a staged skill where it is used. What lay there is replaced in one step or not at all, and is then whatever a person approves. */
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { FoundSkill, Skill } from '@guildhall/skills';
import { readFolder } from './read-folder.ts';
import { readSkill } from './read-skill.ts';
import type { SkillPlace } from './skill-places.ts';
import { writeFiles } from './stage-skill.ts';
import { codeOf } from '../system-error.ts';

/** The staged folder stays until the skill is approved. `wrong-state` when it changed since it was looked at. */
export async function putInPlace(staged: Skill, place: SkillPlace, ids: Ids): Promise<Settled<FoundSkill>> {
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  if (!(await isFolder(place.folder))) return refuse('invalid-input', `${place.folder} is a link or no folder; skills are put into plain folders only`);
  const target = join(place.folder, staged.name);
  const before = await lstat(target).catch((error: unknown) => codeOf(error));
  if (typeof before !== 'string' && !before.isDirectory()) return refuse('already-exists', `${target} is a link or a file; remove it first`);
  const files = await readFolder(staged.folder);
  if (!files.ok) return files;
  // Names with a dot in front are never looked at as skills.
  const [incoming, outgoing] = [join(place.folder, `.${ids.next('incoming')}`), join(place.folder, `.${ids.next('outgoing')}`)];
  try {
    await writeFiles(incoming, files.value);
    const fresh = await readSkill(incoming, staged.name, place.scope);
    if (!fresh.ok) return fresh;
    if (fresh.value.hash !== staged.hash)
      return refuse('wrong-state', `${staged.name} changed while it was being approved; look at it again: guildhall skills show ${staged.name}`);
    if (typeof before !== 'string') await rename(target, outgoing);
    await rename(incoming, target).catch(async (error: unknown) => {
      if (typeof before !== 'string') await rename(outgoing, target);
      throw error;
    });
    return done({ ...fresh.value, folder: target });
  } finally {
    await rm(incoming, { recursive: true, force: true });
    await rm(outgoing, { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path)).isDirectory();
}
