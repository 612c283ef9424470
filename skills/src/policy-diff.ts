/** What one policy would change in another, in words. */
import type { PolicyDiffView } from '@guildhall/protocol';
import type { RolePolicy, SkillPolicy, SkillTrigger } from './skill-policy.ts';

const nothing: RolePolicy = { required: [], recommended: [], triggered: [], blocking: false };

export function diffPolicies(before: SkillPolicy, after: SkillPolicy): PolicyDiffView['changes'] {
  const roles = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return roles.flatMap((role) => diffRole(before.get(role) ?? nothing, after.get(role) ?? nothing).map((change) => ({ role, ...change })));
}

/** Every skill that a policy names, each once, in order. */
export function namedSkills(policy: SkillPolicy): readonly string[] {
  const names = [...policy.values()].flatMap(({ required, recommended, triggered }) => [...required, ...triggered.map(({ skill }) => skill), ...recommended]);
  return [...new Set(names)].toSorted();
}

function diffRole(before: RolePolicy, after: RolePolicy): readonly Omit<PolicyDiffView['changes'][number], 'role'>[] {
  const lines = [
    { what: 'required', before: before.required.join(', '), after: after.required.join(', ') },
    { what: 'recommended', before: before.recommended.join(', '), after: after.recommended.join(', ') },
    ...triggerLines(before.triggered, after.triggered),
    { what: 'blocking', before: blockingInWords(before), after: blockingInWords(after) },
  ];
  return lines.filter((line) => line.before !== line.after);
}

function triggerLines(before: readonly SkillTrigger[], after: readonly SkillTrigger[]) {
  const skills = [...new Set([...before, ...after].map(({ skill }) => skill))];
  const inWords = (triggers: readonly SkillTrigger[], skill: string) =>
    triggers
      .filter((trigger) => trigger.skill === skill)
      .map(({ paths, labels, words }) =>
        [
          paths.length > 0 ? `paths ${paths.join(', ')}` : '',
          labels.length > 0 ? `labels ${labels.join(', ')}` : '',
          words.length > 0 ? `words ${words.join(', ')}` : '',
        ]
          .filter((part) => part !== '')
          .join('; '),
      )
      .join('; or ');
  return skills.map((skill) => ({ what: `triggered ${skill}`, before: inWords(before, skill), after: inWords(after, skill) }));
}

function blockingInWords({ blocking }: RolePolicy): string {
  return blocking ? 'the role does not work without its skills' : 'the role works without its skills, and its artifacts say so';
}
