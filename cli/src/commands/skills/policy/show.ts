import { z } from 'zod';
import {
  done,
  policyDiffView,
  refuse,
  roleDefinitionView,
  skillPolicyView,
  type PolicyDiffView,
  type Settled,
  type SkillPolicyView,
} from '@guildhall/protocol';
import { answerWith } from '../../../http/ask-once.ts';
import type { Daemon } from '../../../http/daemon-client.ts';
import { readInput, wholeNumber } from '../../../input.ts';
import type { Screen } from '../../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../../terminal/shown.ts';
import { renderTable, type Column } from '../../../terminal/table.ts';
import { onOneLine, relativeTime } from '../../../terminal/words.ts';
import type { RunVerb } from '../../../verb.ts';
import { describePolicy, policyPaint } from './describe-policy.ts';

const showInput = z.object({ role: z.string().trim().min(1).optional() });

export const showPolicy: RunVerb = async (call) => {
  const options = readInput(call, showInput);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const policy = await daemon.value.ask('get', '/v1/skill-policy', skillPolicyView);
  if (!policy.ok) return policy;
  const { role } = options.value;
  const shown = role === undefined ? policy : await onlyFor(daemon.value, policy.value, role);
  return shown.ok ? done({ json: shown.value, text: () => describePolicy(call.output.screen, shown.value) }) : shown;
};

const revInput = z.object({ rev: wholeNumber(1, 1_000_000_000) });

export const diffPolicy: RunVerb = async (call) => {
  const options = readInput(call, revInput);
  if (!options.ok) return options;
  const params = { rev: String(options.value.rev) };
  return answerWith(call, { method: 'get', path: '/v1/skill-policy/revisions/{rev}/diff', answer: policyDiffView, params }, (diff, screen) =>
    describeDiff(screen, diff),
  );
};

export const listPolicies: RunVerb = (call) =>
  answerWith(call, { method: 'get', path: '/v1/skill-policy/revisions', answer: z.array(skillPolicyView) }, (policies, screen) =>
    policies.length === 0
      ? show`No policy was proposed yet. Propose one: guildhall skills policy propose skills.yaml`
      : renderTable(screen, columnsAt(screen.now), policies),
  );

/** The same revision with what it says about one role, in whatever spelling that is asked for. */
async function onlyFor(daemon: Daemon, policy: SkillPolicyView, wanted: string): Promise<Settled<SkillPolicyView>> {
  const roles = await daemon.ask('get', '/v1/roles', z.array(roleDefinitionView));
  if (!roles.ok) return roles;
  const spellings = roles.value.map(({ role, title, aliases }) => [role, title, ...aliases].map(fold)).find((names) => names.includes(fold(wanted))) ?? [
    fold(wanted),
  ];
  const named = Object.entries(policy.document.roles).filter(([role]) => spellings.includes(fold(role)));
  if (named.length > 0) return done({ ...policy, document: { roles: Object.fromEntries(named) } });
  const others = Object.keys(policy.document.roles).join(', ');
  return refuse('not-found', `Revision ${policy.rev} asks nothing of "${wanted}". It speaks of: ${others === '' ? 'nobody' : others}`, { role: wanted });
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, ' ')
    .trim();
}

function describeDiff({ paint, marks }: Screen, { rev, against, changes, warnings }: PolicyDiffView): Shown {
  const head = show`Revision ${rev} against ${against === null ? 'no policy at all' : `revision ${against}`}:`;
  const lines = changes.flatMap(({ role, what, before, after }) => [
    show`  ${paint('bold', role)} ${what}`,
    ...(before === '' ? [] : [show`    ${paint('red', `- ${onOneLine(before)}`)}`]),
    ...(after === '' ? [] : [show`    ${paint('green', `+ ${onOneLine(after)}`)}`]),
  ]);
  return joinShown([
    head,
    ...(changes.length === 0 ? [show`  nothing changes`] : lines),
    ...warnings.map((warning) => show`${paint('yellow', marks.warn)} ${onOneLine(warning)}`),
    paint('dim', show`Put it in force: guildhall skills policy approve ${rev}`),
  ]);
}

function columnsAt(now: number): readonly Column<SkillPolicyView>[] {
  return [
    { title: 'REV', cell: ({ rev }) => String(rev), align: 'right', paint: () => 'bold' },
    { title: 'STATUS', cell: ({ status }) => status, paint: ({ status }) => policyPaint[status] },
    { title: 'ROLES', cell: ({ document }) => Object.keys(document.roles).join(', '), shrinks: true },
    { title: 'NOTE', cell: ({ note }) => onOneLine(note), shrinks: true, drops: true },
    { title: 'PROPOSED', cell: ({ proposedAt, proposedBy }) => `${relativeTime(proposedAt, now)} by ${proposedBy}`, shrinks: true, drops: true },
    {
      title: 'APPROVED',
      cell: ({ approvedAt, approvedBy }) => (approvedAt === null ? '' : `${relativeTime(approvedAt, now)} by ${approvedBy ?? 'nobody'}`),
      shrinks: true,
      drops: true,
    },
  ];
}
