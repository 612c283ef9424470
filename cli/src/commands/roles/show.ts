import { z } from 'zod';
import { roleHistory, roleView, type IncarnationView, type RoleHistory, type RoleView, shellWord } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import { count } from '../../terminal/output.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type Shown } from '../../terminal/shown.ts';
import { dollars, grouped, onOneLine, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';
import { artifactLine } from './describe-run.ts';
import { activityPaint, compliancePaint } from './list.ts';
import { filledBy } from './org-chart.ts';
import { placeWords, rolePlace } from './role-place.ts';

const input = z.object(rolePlace);

export const showRole: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  return answerWith(call, { method: 'get', path: '/v1/plans/{plan}/roles/{role}', answer: roleView, params: options.value }, (role, screen) =>
    describeRole(screen, role),
  );
};

export const showHistory: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  return answerWith(call, { method: 'get', path: '/v1/plans/{plan}/roles/{role}/history', answer: roleHistory, params: options.value }, (history, screen) =>
    describeHistory(screen, history),
  );
};

function describeRole(screen: Screen, role: RoleView): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(12))} ${value}`;
  const tokens = show`${grouped(role.inputTokens)} tokens in, ${grouped(role.outputTokens)} out`;
  const lines = [
    show`${paint('bold', role.title)}  ${paint(activityPaint[role.activity], role.activity)}`,
    row('role', show`${role.role} of the plan ${role.plan}`),
    row('mission', onOneLine(role.mission)),
    ...role.responsibilities.map((each, at) => row(at === 0 ? 'does' : '', onOneLine(each))),
    row('filled by', filledBy(role)),
    row('reports to', role.reportsTo ?? 'nobody'),
    row('status', show`${role.status}, incarnation ${role.incarnation}, open since ${relativeTime(role.openedAt, now)}`),
    ...(role.retiredReason === null ? [] : [row('retired', onOneLine(role.retiredReason))]),
    row('last active', relativeTime(role.lastActivityAt, now)),
    row('works', show`${role.executionMode}${role.model === null ? '' : `, with ${role.model}`}`),
    ...(role.filledBy.kind === 'person'
      ? []
      : [
          row(
            'context',
            show`about ${grouped(role.contextTokens)} of ${grouped(role.contextLimit)} tokens${role.compactedAt === null ? '' : `, compacted ${relativeTime(role.compactedAt, now)}`}`,
          ),
        ]),
    row('skills', paint(compliancePaint[role.compliance], role.compliance)),
    row('cost', show`${dollars(role.costMicroUsd)}, ${count(role.turns, 'turn')}, ${tokens}`),
    row('session', show`${role.sessionKey}, ${role.entryCount} entries`),
    row('workspace', role.workspace),
    ...(role.lastRun === null ? [] : [row('last run', role.lastRun)]),
  ];
  const artifacts =
    role.artifacts.length === 0 ? [] : [nothing, paint('bold', 'Artifacts'), ...role.artifacts.map((artifact) => artifactLine(screen, artifact))];
  const next =
    role.activity === 'waiting-for-person' && role.lastRun !== null
      ? [nothing, paint('dim', show`Next, for who fills it: guildhall roles answer ${role.lastRun} "…" --plan ${shellWord(role.plan)}`)]
      : role.allowed.length === 0
        ? []
        : [nothing, paint('dim', show`Next: guildhall roles ${role.allowed.join('|')} ${placeWords(role)}`)];
  return joinShown([...lines, ...artifacts, ...next]);
}

function describeHistory(screen: Screen, { plan, role, sessionKey, incarnations }: RoleHistory): Shown {
  const { paint } = screen;
  return joinShown([
    show`${paint('bold', role)} of ${plan}  ${paint('dim', sessionKey)}`,
    ...incarnations.flatMap((incarnation) => describeIncarnation(screen, incarnation)),
    paint('dim', show`Its words: guildhall sessions show ${sessionKey}`),
  ]);
}

function describeIncarnation({ paint, now }: Screen, incarnation: IncarnationView): readonly Shown[] {
  const { number, begunBy, openedAt, openedBy, openedReason, retiredAt, retiredBy, retiredReason, firstSeq, lastSeq, turns, costMicroUsd, brief } = incarnation;
  const entries = firstSeq === null ? 'no entries' : `entries ${firstSeq} to ${lastSeq ?? 'now'}`;
  const why = (reason: string) => (reason === '' ? '' : `: ${onOneLine(reason)}`);
  return [
    show`  ${paint('bold', String(number))}  ${begunBy} by ${openedBy} ${relativeTime(openedAt, now)}${why(openedReason)}`,
    show`     ${paint('dim', show`${entries}, ${count(turns, 'turn')}, ${dollars(costMicroUsd)}`)}`,
    ...(brief === '' ? [] : [paint('dim', '     left for its successor:'), showBlock(brief, '       ')]),
    ...(retiredAt === null ? [] : [show`     ended ${relativeTime(retiredAt, now)} by ${retiredBy ?? 'nobody'}${why(retiredReason ?? '')}`]),
  ];
}
