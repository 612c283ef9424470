import type { BlockerView, PlanFindingView, PlanStatus, PlanView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { byteSize, dollars, onOneLine, relativeTime } from '../../terminal/words.ts';
import { findingLine } from '../findings/describe-finding.ts';
import { planWord } from './plan-name.ts';

export const planPaint: { readonly [status in PlanStatus]: PaintName } = { open: 'cyan', completed: 'green' };

/** How many findings the page of a plan shows before it names the command that lists all. */
const findingsShown = 10;

/** The whole page of a plan; `findings` are those that are not closed. */
export function describePlan(screen: Screen, plan: PlanView, findings: readonly PlanFindingView[]): Shown {
  return joinShown(
    [
      describeHead(screen, plan),
      ...(plan.goal === '' ? [] : [showBlock(plan.goal, '  ')]),
      ...section(screen, 'Phases', describePhases(screen, plan)),
      ...section(screen, 'Roles', describeRoles(screen, plan)),
      ...section(screen, 'Findings', describeFindings(screen, plan, findings)),
      ...section(
        screen,
        'What keeps it from being completed',
        plan.blockers.flatMap((blocker) => describeBlocker(screen, blocker)),
      ),
      ...section(screen, 'Waived', describeWaivers(screen, plan)),
      nextStep(screen, plan),
    ],
    '\n\n',
  );
}

/** One line each, with the command that helps below it. */
export function describeBlocker({ paint, marks }: Screen, { id, message, remedy, waivable }: BlockerView): readonly Shown[] {
  return [
    show`  ${paint('red', marks.no)} ${paint('bold', id)}  ${onOneLine(message)}${waivable ? nothing : paint('dim', '  (cannot be waived)')}`,
    ...(remedy === '' ? [] : [show`      ${paint('cyan', onOneLine(remedy))}`]),
  ];
}

function describeHead(screen: Screen, plan: PlanView): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(9))} ${value}`;
  const { open, finished, succeeded } = plan.runs;
  return joinShown([
    show`${paint('bold', plan.title === '' ? plan.id : plan.title)}  ${paint(planPaint[plan.status], plan.status)}`,
    row('plan', show`${plan.id}, made by ${plan.createdBy} ${relativeTime(plan.createdAt, now)}`),
    ...(plan.completedAt === null ? [] : [row('completed', show`${relativeTime(plan.completedAt, now)} by ${plan.completedBy ?? 'nobody'}`)]),
    row('runs', show`${open} open, ${finished} finished, ${succeeded} of them succeeded`),
    row('findings', show`${plan.findings.open} open of ${plan.findings.total}`),
    row('packet', plan.packet === '' ? 'none' : show`revision ${plan.packetRev}, ${byteSize(Buffer.byteLength(plan.packet))}`),
    row('cost', dollars(plan.costMicroUsd)),
  ]);
}

/** The way through the plan in one line, and below it who each phase needs. */
function describePhases({ paint, marks }: Screen, { phases }: PlanView): readonly Shown[] {
  if (phases.length === 0) return [];
  const mark = (done: boolean) => (done ? paint('green', marks.yes) : paint('yellow', marks.dot));
  const picture = joinShown(
    phases.map(({ name, status }) => show`${mark(status === 'done')} ${paint(status === 'done' ? 'dim' : 'bold', onOneLine(name))}`),
    ` ${paint('dim', '--').shown} `,
  );
  const width = Math.max(...phases.map(({ name }) => name.length));
  const lines = phases.map(({ name, roles, status }) => show`  ${paint('dim', name.padEnd(width))}  ${status}  ${roles.join(', ')}`);
  return [show`  ${picture}`, ...lines];
}

function describeRoles({ paint }: Screen, { roles }: PlanView): readonly Shown[] {
  const width = Math.max(0, ...roles.map(({ role }) => role.length));
  return roles.map(
    ({ role, status, incarnation }) =>
      show`  ${paint('bold', role.padEnd(width))}  ${paint(status === 'open' ? 'cyan' : 'dim', status)}${incarnation > 1 ? `  incarnation ${incarnation}` : ''}`,
  );
}

function describeFindings(screen: Screen, plan: PlanView, findings: readonly PlanFindingView[]): readonly Shown[] {
  if (findings.length === 0) return [];
  const lines = findings.slice(0, findingsShown).map((finding) => show`  ${findingLine(screen, finding)}`);
  const more = findings.length > findingsShown ? [screen.paint('dim', show`  all of them: guildhall findings list --plan ${planWord(plan)}`)] : [];
  return [...lines, ...more];
}

function describeWaivers({ paint, now }: Screen, { waivers }: PlanView): readonly Shown[] {
  return waivers.map(({ blocker, reason, by, at }) => show`  ${blocker}  ${onOneLine(reason)}  ${paint('dim', `${by}, ${relativeTime(at, now)}`)}`);
}

function nextStep({ paint }: Screen, plan: PlanView): Shown {
  const id = planWord(plan);
  if (plan.status === 'completed') return paint('dim', show`Keep it: guildhall plans export ${id} --to FOLDER`);
  if (plan.roles.length === 0) return paint('dim', show`Begin: guildhall roles invoke "What is to be done" --plan ${id} --role lead --wait`);
  return paint(
    'dim',
    plan.blockers.length === 0
      ? show`Nothing keeps it from being completed: guildhall plans complete ${id}`
      : show`Who is at what: guildhall roles list --plan ${id}`,
  );
}

function section({ paint }: Screen, title: string, lines: readonly Shown[]): readonly Shown[] {
  return lines.length === 0 ? [] : [joinShown([paint('bold', title), ...lines])];
}
