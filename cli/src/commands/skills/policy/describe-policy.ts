import type { SkillPolicyView } from '@guildhall/protocol';
import type { Screen } from '../../../terminal/screen.ts';
import { joinShown, show, type PaintName, type Shown } from '../../../terminal/shown.ts';
import { onOneLine, relativeTime } from '../../../terminal/words.ts';

export const policyPaint: { readonly [status in SkillPolicyView['status']]: PaintName } = { proposed: 'yellow', 'in-force': 'green', superseded: 'dim' };

export function describePolicy(screen: Screen, policy: SkillPolicyView): Shown {
  const { paint, now } = screen;
  const roles = Object.entries(policy.document.roles);
  const approved = policy.approvedAt === null ? '' : `, approved ${relativeTime(policy.approvedAt, now)} by ${policy.approvedBy ?? 'nobody'}`;
  return joinShown([
    show`${paint('bold', `Revision ${policy.rev}`)}  ${paint(policyPaint[policy.status], policy.status)}  ${paint('dim', `proposed ${relativeTime(policy.proposedAt, now)} by ${policy.proposedBy}${approved}`)}`,
    ...(policy.note === '' ? [] : [show`  ${onOneLine(policy.note)}`]),
    ...(roles.length === 0 ? [show`  It asks nothing of anybody.`] : roles.flatMap(([role, rule]) => describeRule(screen, role, rule))),
  ]);
}

type Rule = SkillPolicyView['document']['roles'][string];

function describeRule({ paint }: Screen, role: string, { required = [], recommended = [], triggered = [], blocking }: Rule): readonly Shown[] {
  const list = (name: string, skills: readonly string[]) => (skills.length === 0 ? [] : [show`  ${paint('dim', name.padEnd(11))} ${skills.join(', ')}`]);
  const without = blocking === true ? paint('red', 'does not work without') : paint('yellow', 'works without, and every artifact says so');
  return [
    show`${paint('bold', role)}  ${without}`,
    ...list('required', required),
    ...list('recommended', recommended),
    ...triggered.flatMap(({ skill, paths = [], labels = [], words = [] }) =>
      list('triggered', [`${skill} for ${[...named('paths', paths), ...named('labels', labels), ...named('words', words)].join('; ')}`]),
    ),
  ];
}

function named(what: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [`${what} ${values.join(', ')}`];
}
