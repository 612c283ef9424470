/** Which skills policy asks of a role for a piece of work. The order is that of the policy, so the same policy and work always give the same list. */
import { matchesGlob } from './path-glob.ts';
import type { AskedSkill, RolePolicy, SkillTrigger, WorkFacts } from './skill-policy.ts';

const mostWordsRead = 50_000;
const mostPathRead = 500;

/** Each skill once: required before triggered before recommended. */
export function askedSkills(policy: RolePolicy, facts: WorkFacts): readonly AskedSkill[] {
  const asked = new Map<string, AskedSkill>();
  const ask = (skill: AskedSkill) => void (asked.has(skill.skill) || asked.set(skill.skill, skill));
  for (const skill of policy.required) ask({ skill, tier: 'required', because: 'the role' });
  for (const trigger of policy.triggered) {
    const because = whyTriggered(trigger, facts);
    if (because !== undefined) ask({ skill: trigger.skill, tier: 'triggered', because });
  }
  for (const skill of policy.recommended) ask({ skill, tier: 'recommended', because: 'the role' });
  return [...asked.values()];
}

/** The first path, label or word that calls for the skill. */
function whyTriggered(trigger: SkillTrigger, facts: WorkFacts): string | undefined {
  const path = facts.paths.find((one) => trigger.paths.some((glob) => matchesGlob(glob, one.slice(0, mostPathRead))));
  if (path !== undefined) return `path ${path.slice(0, 200)}`;
  const labels = new Set(facts.labels.map(folded));
  const label = trigger.labels.find((one) => labels.has(folded(one)));
  if (label !== undefined) return `label ${label}`;
  const text = folded(facts.words.slice(0, mostWordsRead));
  const word = trigger.words.find((one) => hasWord(text, folded(one)));
  return word === undefined ? undefined : `word ${word}`;
}

function hasWord(text: string, word: string): boolean {
  if (word === '') return false;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!isLetter(text[at - 1]) && !isLetter(text[at + word.length])) return true;
  }
  return false;
}

function isLetter(mark: string | undefined): boolean {
  return mark !== undefined && /[\p{L}\p{N}_]/u.test(mark);
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}
