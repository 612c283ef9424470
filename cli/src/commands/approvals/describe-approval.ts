import type { ApprovalView } from '@guildhall/protocol';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, showBlock, type PaintName, type Shown } from '../../terminal/shown.ts';
import { relativeTime } from '../../terminal/words.ts';
import { describeHandoffApproval, describeHandoffBounds } from './describe-handoff-approval.ts';

export const approvalPaint: { readonly [status in ApprovalView['status']]: PaintName } = {
  pending: 'yellow',
  approved: 'green',
  denied: 'red',
  expired: 'dim',
  used: 'green',
};

/** Exactly what will run: nothing cut, every hidden character visible. */
export function describeAction(screen: Screen, approval: ApprovalView): Shown {
  const handoff = describeHandoffApproval(screen, approval);
  if (handoff !== undefined) return handoff;
  const args = JSON.stringify(approval.args, null, 2);
  return joinShown([
    show`${screen.paint('bold', approval.tool)} ${screen.paint('dim', `by ${approval.agent}: ${approval.reason}`)}`,
    showBlock(args, '  '),
    ...(approval.bound === undefined ? [] : [show`${screen.paint('dim', 'bound to')}`, describeBound(approval.bound)]),
  ]);
}

/** Everything that must stay as it is for an answer to be good. */
function describeBound(bound: ApprovalView['args']): Shown {
  return showBlock(JSON.stringify(bound, null, 2), '  ');
}

export function describeApproval(screen: Screen, approval: ApprovalView): Shown {
  const { paint, now } = screen;
  const row = (name: string, value: string) => show`${paint('dim', name.padEnd(8))} ${value}`;
  const bounds = describeHandoffBounds(screen, approval);
  const expiry = approval.status === 'pending' ? [row('expires', relativeTime(approval.expiresAt, now))] : [];
  return joinShown([
    show`${paint('bold', approval.id)}  ${paint(approvalPaint[approval.status], approval.status)}`,
    describeAction(screen, approval),
    ...(bounds.length > 0 ? [] : [row('session', approval.sessionKey), row('turn', approval.turnId), ...expiry]),
    row('digest', approval.digest),
    ...(approval.always && approval.status === 'pending' ? [row('always', `guildhall approvals approve ${approval.id} --always`)] : []),
    row('asked', relativeTime(approval.askedAt, now)),
    ...(approval.status === 'pending' ? [] : [row('answered', approval.answeredBy ?? 'by nobody')]),
    ...bounds,
  ]);
}
