/** A file that lies beside SKILL.md, as it was approved: what is read again is compared with the approved hash before anybody sees it. */
import { sha256 } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { SkillFile } from '@guildhall/skills';
import { readFolder } from './read-folder.ts';
import { textOf } from './read-skill.ts';

const mostFileBytes = 64 * 1024;
const mostNamed = 20;

export async function readBeside(
  skill: { readonly folder: string; readonly files: readonly SkillFile[] },
  name: string,
  path: string,
): Promise<Settled<string>> {
  const approved = skill.files.find((file) => file.path === path.replace(/^\.\//, ''));
  if (approved === undefined)
    return refuse('not-found', `the skill ${name} has no approved file "${path.slice(0, 200)}"; it has ${named(skill.files)}`, { skill: name });
  if (approved.bytes > mostFileBytes)
    return refuse('too-large', `${approved.path} has ${approved.bytes} bytes; at most ${mostFileBytes} are read`, { skill: name });
  const now = await readFolder(skill.folder);
  const bytes = now.ok ? now.value.find((file) => file.path === approved.path)?.bytes : undefined;
  if (bytes === undefined || sha256(bytes) !== approved.sha256)
    return refuse('wrong-state', `${approved.path} of the skill ${name} is not what was approved any more; nothing was loaded`, { skill: name });
  const text = textOf(bytes);
  return text === undefined ? refuse('invalid-input', `${approved.path} of the skill ${name} is no text`, { skill: name }) : done(text);
}

function named(files: readonly SkillFile[]): string {
  const few = files.slice(0, mostNamed).map(({ path }) => path);
  return files.length > few.length ? `${few.join(', ')} and ${files.length - few.length} more` : few.join(', ');
}
