/** Finds skills by the words of a question. */
import { type Skill, narrowestSkill } from '@guildhall/skills';

const mostWords = 20;

/** The approved skills that the agent would get, best first; by name where no words are given. */
export function searchSkills(skills: readonly Skill[], agent: string, words: string): readonly Skill[] {
  const visible = [...Map.groupBy(skills, ({ name }) => name).values()]
    .flatMap((named) => narrowestSkill(named, agent) ?? [])
    .filter(({ status }) => status === 'approved');
  const asked = folded(words)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .slice(0, mostWords);
  const byName = visible.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (asked.length === 0) return byName;
  const scored = byName.map((skill) => ({ skill, score: scoreOf(skill, asked) }));
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ skill }) => skill);
}

function scoreOf({ name, description }: Skill, asked: readonly string[]): number {
  const text = folded(description);
  return asked.reduce((score, word) => score + (name.includes(word) ? 3 : 0) + (text.includes(word) ? 1 : 0), 0);
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
