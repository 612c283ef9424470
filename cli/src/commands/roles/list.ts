import { z } from 'zod';
import { done, planId, roleDefinitionView, roleView, type RoleDefinitionView, type RoleView, type Settled, shellWord } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, type PaintName, type Shown } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, relativeTime } from '../../terminal/words.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { filledBy, renderOrgChart } from './org-chart.ts';

const input = z.object({ plan: planId.optional() });

export const listRoles: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { plan } = options.value;
  if (plan === undefined) return listAll(call);
  return answerWith(call, { method: 'get', path: '/v1/role-sessions', answer: z.array(roleView), query: { plan, limit: 500 } }, (sessions, screen) =>
    sessions.length === 0
      ? show`No role of ${plan} was asked anything yet. Begin: guildhall roles invoke "What is to be done" --plan ${shellWord(plan)} --role lead --wait`
      : sessionTable(screen, sessions, false),
  );
};

export const activityPaint: { readonly [activity in RoleView['activity']]: PaintName } = {
  idle: 'plain',
  queued: 'cyan',
  running: 'green',
  'waiting-for-person': 'yellow',
  retired: 'dim',
};

/** A role with what goes on under its name. */
interface StaffedRole extends RoleDefinitionView {
  readonly sessions: readonly RoleView[];
}

async function listAll(call: Call): Promise<Settled<Answer>> {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const roles = await daemon.value.ask('get', '/v1/roles', z.array(roleDefinitionView));
  if (!roles.ok) return roles;
  const sessions = await daemon.value.ask('get', '/v1/role-sessions', z.array(roleView), { query: { limit: 500 } });
  if (!sessions.ok) return sessions;
  return done({
    json: staff(roles.value, sessions.value),
    text: () => describeAll(call.output.screen, roles.value, sessions.value),
  });
}

/** Sessions of roles that the configuration has no more come last, under what they were. */
function staff(roles: readonly RoleDefinitionView[], sessions: readonly RoleView[]): readonly StaffedRole[] {
  const gone = sessions.filter(
    (session, at) => sessions.findIndex(({ role }) => role === session.role) === at && !roles.some(({ role }) => role === session.role),
  );
  const definitions = [...roles, ...gone.map((session) => roleDefinitionView.parse(session))];
  return definitions.map((role) => ({ ...role, sessions: sessions.filter((session) => session.role === role.role) }));
}

function describeAll(screen: Screen, roles: readonly RoleDefinitionView[], sessions: readonly RoleView[]): Shown {
  const empty = show`No plan has asked anything of them yet. Begin: guildhall plans create parser, then guildhall roles invoke "What is to be done" --plan parser --role lead --wait`;
  return joinShown([renderOrgChart(screen, roles), nothing, sessions.length === 0 ? empty : sessionTable(screen, sessions, true)]);
}

function sessionTable(screen: Screen, sessions: readonly RoleView[], withPlan: boolean): Shown {
  const plan: Column<RoleView> = { title: 'PLAN', cell: (session) => session.plan, shrinks: true, paint: () => 'bold' };
  const columns: readonly Column<RoleView>[] = [
    ...(withPlan ? [plan] : []),
    { title: 'ROLE', cell: ({ role }) => role, shrinks: true, paint: () => 'bold' },
    { title: 'IS', cell: ({ activity }) => activity, paint: ({ activity }) => activityPaint[activity] },
    { title: 'BY', cell: filledBy, shrinks: true },
    { title: 'MODE', cell: ({ executionMode }) => executionMode, drops: true },
    { title: 'NO.', cell: ({ incarnation }) => String(incarnation), align: 'right', drops: true },
    { title: 'MODEL', cell: ({ model }) => model ?? '', shrinks: true, drops: true },
    { title: 'CONTEXT', cell: fullness, align: 'right', drops: true },
    { title: 'SKILLS', cell: ({ compliance }) => compliance, paint: ({ compliance }) => compliancePaint[compliance], drops: true },
    { title: 'COST', cell: ({ costMicroUsd }) => dollars(costMicroUsd), align: 'right', drops: true },
    { title: 'ACTIVE', cell: ({ lastActivityAt }) => relativeTime(lastActivityAt, screen.now), drops: true },
  ];
  return renderTable(screen, columns, sessions);
}

export const compliancePaint: { readonly [level in RoleView['compliance']]: PaintName } = { none: 'dim', verified: 'green', partial: 'yellow', missing: 'red' };

/** How much of its context is used. */
function fullness({ contextTokens, contextLimit }: RoleView): string {
  return contextLimit <= 0 ? '' : `${Math.round((100 * contextTokens) / contextLimit)} %`;
}
