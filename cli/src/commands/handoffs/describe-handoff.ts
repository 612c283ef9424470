import { exitCodeOf, shellWord, type ExitCode, type HandoffOutcome, type HandoffStatus, type HandoffView } from '@guildhall/protocol';
import { quote } from '../../terminal/quote.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, nothing, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { dollars, grouped, onOneLine, relativeTime, timeSpan } from '../../terminal/words.ts';

const statusPaint: { readonly [status in HandoffStatus]: PaintName } = {
  refused: 'red',
  'awaiting-approval': 'yellow',
  queued: 'cyan',
  paused: 'yellow',
  running: 'cyan',
  finished: 'green',
  cancelled: 'dim',
  uncertain: 'yellow',
};
const outcomePaint: { readonly [outcome in HandoffOutcome]: PaintName } = { succeeded: 'green', failed: 'red', 'gave-up': 'yellow' };
const openStatuses: ReadonlySet<HandoffStatus> = new Set(['awaiting-approval', 'queued', 'paused', 'running']);

/** What became of it in one word: its outcome, else its status. */
export function handoffState({ outcome, status }: HandoffView): string {
  return outcome ?? status;
}

export function handoffPaint({ outcome, status }: HandoffView): PaintName {
  return outcome === null ? statusPaint[status] : outcomePaint[outcome];
}

export function isOpenHandoff({ status }: HandoffView): boolean {
  return openStatuses.has(status);
}

/** 0 it succeeded · 1 it failed, was given up, or nobody knows · 3 it was refused or cancelled · 6 it has not ended. */
export function exitOfHandoff(handoff: HandoffView): ExitCode {
  switch (handoff.status) {
    case 'finished':
      return handoff.outcome === 'succeeded' ? 0 : exitCodeOf('failed');
    case 'uncertain':
      return exitCodeOf('unknown-outcome');
    case 'refused':
    case 'cancelled':
      return exitCodeOf('not-allowed');
    case 'awaiting-approval':
    case 'queued':
    case 'paused':
    case 'running':
      return exitCodeOf('timed-out');
    default:
      return handoff.status satisfies never;
  }
}

/** One line: how it stands, and between whom. */
export function handoffLine(screen: Screen, handoff: HandoffView): Shown {
  const { paint, marks } = screen;
  return show`${mark(screen, handoff)} ${paint('bold', handoff.source)} ${marks.arrow} ${paint('bold', handoff.target)}  ${paint(handoffPaint(handoff), handoffState(handoff))}  ${paint('dim', handoff.id)}`;
}

/** The whole page. Facts come first; what others wrote stands behind a bar. */
export function describeHandoff(screen: Screen, handoff: HandoffView): Shown {
  const { paint } = screen;
  const section = (title: string, text: string | null) => (text === null || text === '' ? [] : [nothing, paint('bold', title), quote(screen, text)]);
  return joinShown([
    handoffLine(screen, handoff),
    ...factsOf(screen, handoff),
    ...section('Task', handoff.task),
    ...section(`Why ${handoffState(handoff)}`, handoff.reason),
    ...(isOpenHandoff(handoff) ? section('Last heard', handoff.progress) : []),
    ...section('Result', handoff.result),
    nothing,
    paint('dim', nextStep(handoff)),
  ]);
}

/** What a person can do about it now. */
export function nextStep(handoff: HandoffView): Shown {
  const { id, approval } = handoff;
  if (handoff.status === 'awaiting-approval' && approval !== null) return show`It waits for you: guildhall approvals show ${approval.id}, then approve or deny`;
  if (handoff.status === 'paused') return show`Announce it again: guildhall handoffs resume ${id} · call it off: guildhall handoffs cancel ${id}`;
  if (isOpenHandoff(handoff)) return show`What becomes of it: guildhall handoffs show ${id} · call it off: guildhall handoffs cancel ${id}`;
  if (handoff.turnId === null) return show`Why: guildhall handoffs explain ${id}`;
  return show`What was said: guildhall sessions show ${shellWord(handoff.targetSession)} · why it ran: guildhall handoffs explain ${id}`;
}

function factsOf({ paint, now }: Screen, handoff: HandoffView): readonly Shown[] {
  const row = (name: string, value: string | Shown) => show`${paint('dim', name.padEnd(9))} ${value}`;
  const { risk, riskLevel, forbiddenActions, approval, decision } = handoff;
  return [
    row('decided', show`${decision.verdict}${decision.decidedBy === null ? '' : show` by ${paint('bold', decision.decidedBy)}`}: ${onOneLine(decision.rule)}`),
    row('risk', risk === riskLevel ? riskLevel : `${riskLevel} (${risk})`),
    row('forbidden', forbiddenActions.length === 0 ? 'nothing beyond policy' : forbiddenActions.join(', ')),
    row('seen in', handoff.targetChat === 'session' ? handoff.targetSession : handoff.targetChat),
    row('asked', `by ${handoff.requestedBy} ${relativeTime(handoff.requestedAt, now)}, ${lasted(handoff, now)}`),
    ...(approval === null ? [] : [row('approval', `${approval.id}, ${approval.status}`)]),
    ...(handoff.parent === null ? [] : [row('within', `${handoff.parent}, ${handoff.depth} deep`)]),
    row('cost', `${dollars(handoff.costMicroUsd)}, ${grouped(handoff.tokens)} tokens`),
    row('audit', handoff.auditId),
  ];
}

function lasted({ startedAt, endedAt }: HandoffView, now: number): string {
  if (startedAt === null) return endedAt === null ? 'not begun' : 'never begun';
  return endedAt === null ? `works for ${timeSpan(now - startedAt)}` : `took ${timeSpan(endedAt - startedAt)}`;
}

function mark({ paint, marks }: Screen, handoff: HandoffView): Shown {
  if (handoff.outcome === 'succeeded') return paint('green', marks.yes);
  if (isOpenHandoff(handoff)) return paint(handoffPaint(handoff), marks.dot);
  return paint(handoffPaint(handoff), handoff.status === 'uncertain' ? marks.warn : marks.no);
}

/** The words of the target, for the end of a wait: its answer, or why there is none. */
export function describeEnd(screen: Screen, handoff: HandoffView): Shown {
  const why = handoff.reason === '' ? [] : [quote(screen, handoff.reason)];
  const result = handoff.result === null || handoff.result === '' ? [] : [showBlock(handoff.result)];
  return joinShown([handoffLine(screen, handoff), ...why, ...result, ...(handoff.outcome === 'succeeded' ? [] : [screen.paint('dim', nextStep(handoff))])]);
}
