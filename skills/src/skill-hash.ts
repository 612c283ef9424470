/** The hash of a skill: over every file's path and hash, in the order of the paths, whatever the order they were read in. */
import { digestOf } from '@guildhall/kernel';
import type { SkillFile } from './skill.ts';

export function hashOfSkill(files: readonly SkillFile[]): string {
  return digestOf(files.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(({ path, sha256 }) => [path, sha256]));
}
