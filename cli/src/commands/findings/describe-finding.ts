import type { FindingStatus, PlanFindingView, Severity } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { onOneLine, relativeTime } from '../../terminal/words.ts';

export const severityPaint: { readonly [severity in Severity]: PaintName } = { critical: 'red', high: 'red', medium: 'yellow', low: 'plain', info: 'dim' };

export const findingPaint: { readonly [status in FindingStatus]: PaintName } = {
  reported: 'yellow',
  asked: 'yellow',
  accepted: 'cyan',
  remediated: 'cyan',
  closed: 'green',
  rejected: 'dim',
  deferred: 'red',
};

/** `find_1 high reported "Empty files make it crash"`. */
export function findingLine({ paint }: Screen, { id, severity, status, title }: PlanFindingView): Shown {
  return show`${paint('bold', id)}  ${paint(severityPaint[severity], severity)}  ${paint(findingPaint[status], status)}  ${onOneLine(title)}`;
}

/** What it waits for; empty when it waits for nothing. */
export function findingWaitsFor({ status, task, reportedBy, revalidation }: PlanFindingView): string {
  switch (status) {
    case 'reported':
      return 'the Lead';
    case 'asked':
      return `an answer of ${reportedBy}`;
    case 'accepted':
      return task === null ? 'its task' : `the task ${task}`;
    case 'remediated':
      return `another look by ${revalidation
        .filter(({ verdict }) => verdict !== 'passed')
        .map(({ role }) => role)
        .join(', ')}`;
    case 'deferred':
      return 'a waiver, or to be accepted';
    case 'closed':
    case 'rejected':
      return '';
    default:
      return status satisfies never;
  }
}

/** The whole page of a finding. */
export function describeFinding(screen: Screen, finding: PlanFindingView): Shown {
  const { paint } = screen;
  const waits = findingWaitsFor(finding);
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(9))} ${value}`;
  const head = joinShown([
    show`${paint('bold', onOneLine(finding.title))}  ${paint(severityPaint[finding.severity], finding.severity)}  ${paint(findingPaint[finding.status], finding.status)}`,
    row('finding', show`${finding.id} of the plan ${finding.plan}, by ${finding.reportedBy} ${relativeTime(finding.reportedAt, screen.now)}`),
    ...(finding.run === null ? [] : [row('run', finding.run)]),
    ...(finding.task === null ? [] : [row('task', finding.task)]),
    ...(waits === '' ? [] : [row('waits for', paint('yellow', waits))]),
  ]);
  return joinShown(
    [
      head,
      ...(finding.description === '' ? [] : [showBlock(finding.description, '  ')]),
      ...section(
        screen,
        'Evidence',
        finding.evidence.map(({ what, ref }) => show`  ${onOneLine(what)}${ref === '' ? '' : paint('dim', show`  ${ref}`)}`),
      ),
      ...section(screen, 'Looked at again by', describeVerdicts(screen, finding)),
      ...section(screen, 'What was decided and said', describeHistory(screen, finding)),
      ...(finding.allowed.length === 0 ? [] : [paint('dim', show`Next: guildhall findings ${finding.allowed.join('|')} ${finding.id}`)]),
    ],
    '\n\n',
  );
}

/** After something was done about it: how it stands, and what comes next. */
export function answerFindingChange(finding: PlanFindingView, screen: Screen): Shown {
  const waits = findingWaitsFor(finding);
  const line = show`${screen.paint('green', screen.marks.yes)} ${findingLine(screen, finding)}`;
  return waits === '' ? line : joinShown([line, screen.paint('dim', show`  It waits for ${waits}.`)]);
}

const verdictPaint = { pending: 'yellow', passed: 'green', failed: 'red' } as const;

function describeVerdicts({ paint, now }: Screen, { revalidation }: PlanFindingView): readonly Shown[] {
  return revalidation.map(
    ({ role, verdict, at }) => show`  ${role}  ${paint(verdictPaint[verdict], verdict)}  ${paint('dim', at === null ? '' : relativeTime(at, now))}`,
  );
}

function describeHistory({ paint, now }: Screen, { history }: PlanFindingView): readonly Shown[] {
  return history.flatMap(({ at, by, verb, text }) => [
    show`  ${paint('bold', verb)} by ${by} ${paint('dim', relativeTime(at, now))}`,
    ...(text === '' ? [] : [showBlock(text, '    ')]),
  ]);
}

function section({ paint }: Screen, title: string, lines: readonly Shown[]): readonly Shown[] {
  return lines.length === 0 ? [] : [joinShown([paint('bold', title), ...lines])];
}
