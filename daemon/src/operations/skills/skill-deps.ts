import type { Settled } from '@guildhall/protocol';
import type { SkillStore } from '@guildhall/skills';
import type { SkillShelf } from '../../skills/skill-shelf.ts';

export interface SkillDeps {
  readonly store: SkillStore;
  readonly shelf: SkillShelf;
  /** The canonical role that a written name means. */
  readonly roleOf: (written: string) => Settled<string>;
}
