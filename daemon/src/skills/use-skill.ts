/** One skill for one use: which of its name is meant, whether it lies there as it was approved, and the evidence of that. */
import type { SkillUseView } from '@guildhall/protocol';
import { type Skill, type SkillFile, type SkillStore, narrowestSkill } from '@guildhall/skills';
import { tooLarge } from './read-skill.ts';
import type { SkillShelf } from './skill-shelf.ts';

export type NewUse = Omit<SkillUseView, 'at'>;

export interface UsedSkill {
  readonly use: NewUse;
  /** The approved text; undefined when it may not be loaded. */
  readonly text: string | undefined;
  readonly description: string;
  /** Where it lies, and its approved files; none when it may not be loaded. */
  readonly folder: string;
  readonly files: readonly SkillFile[];
  /** Why not, in a sentence; empty when it was loaded. */
  readonly why: string;
}

export interface TurnSkillParts {
  readonly store: SkillStore;
  readonly shelf: SkillShelf;
}

interface Use {
  readonly name: string;
  readonly agent: string;
  readonly tier: SkillUseView['tier'];
  readonly how: 'before-first-step' | 'by-tool';
}

/** Reads the folder again: what is loaded are the very bytes whose hash was compared. */
export async function useSkill(parts: TurnSkillParts, { name, agent, tier, how }: Use): Promise<UsedSkill> {
  const named = await parts.store.listSkills({ name });
  const known = narrowestSkill(named, agent);
  const not = (status: SkillUseView['status'], wanted: string, found: string, version: string, why: string): UsedSkill => ({
    use: { skill: name, tier, status, version, wanted, found, how: 'not' },
    text: undefined,
    description: known?.description ?? '',
    folder: '',
    files: [],
    why,
  });
  if (known === undefined) {
    const other = named.find((skill) => skill.status !== 'gone');
    if (other === undefined) return not('missing', '', '', '', `there is no skill "${name}"`);
    return not('unapproved', '', other.hash, other.version, `${name} is ${other.status}, not approved; found ${short(other.hash)}`);
  }
  const { skill, found } = await parts.shelf.read(known);
  const { pinned, version } = known;
  if (found === undefined) return not('missing', pinned, '', version, `${name} is approved as ${short(pinned)}, and its folder is not there`);
  if (found.problem !== '')
    return not(statusOf(found.problem), pinned, '', version, `${name} is approved as ${short(pinned)}, and cannot be read now: ${found.problem}`);
  if (found.hash !== pinned) return not('changed', pinned, found.hash, version, `${name} is approved as ${short(pinned)}; found ${short(found.hash)}`);
  if (skill.status !== 'approved') return not('changed', pinned, found.hash, version, `${name} is ${skill.status}: ${skill.reason}`);
  return {
    use: { skill: name, tier, status: 'loaded', version: found.version, wanted: pinned, found: found.hash, how },
    text: found.text,
    description: found.description,
    folder: found.folder,
    files: found.files,
    why: '',
  };
}

/** A skill that is only named: nothing is read. */
export function offerSkill(known: Skill, tier: SkillUseView['tier']): NewUse {
  return { skill: known.name, tier, status: 'offered', version: known.version, wanted: known.pinned, found: '', how: 'not' };
}

function statusOf(problem: string): SkillUseView['status'] {
  return problem.startsWith(tooLarge) ? 'too-large' : 'changed';
}

function short(hash: string): string {
  return hash === '' ? 'nothing' : hash.slice(0, 12);
}
