/** Which of several skills of one name an agent means: its own, else a project's, else the installation's. */
import { type Skill, isStaged } from './skill.ts';

/**
 * One that was never approved stands in nobody's way, or whoever may write a file could unmake an approval. One that was approved does, also when it was changed or removed since: what a person put there is
 * not silently replaced by another text. Undefined when none of them was approved.
 */
export function narrowestSkill(skills: readonly Skill[], agent: string): Skill | undefined {
  return skills
    .filter((skill) => skill.pinned !== '' && !isStaged(skill.scope) && rankOf(skill.scope, agent) > 0)
    .toSorted((a, b) => rankOf(b.scope, agent) - rankOf(a.scope, agent) || (a.scope < b.scope ? -1 : 1))[0];
}

function rankOf(scope: string, agent: string): number {
  if (scope === `agent:${agent}`) return 3;
  if (scope.startsWith('project:')) return 2;
  return scope === 'global' ? 1 : 0;
}
