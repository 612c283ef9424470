/** What a person's answer makes of a handoff that waits for it, or that nobody answered in time. */
import type { Handoff, NewHandoff } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, Fault, type Settled } from '@guildhall/protocol';
import { expireInTransaction, useInTransaction } from '../approvals.ts';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { ApprovalRow } from '../schema.ts';
import { answer, change } from './change-handoff.ts';
import type { DecidedRow } from './handoff-rows.ts';
import { holdToAccept } from './hold-edge.ts';
import { announce, refuseHandoff } from './land-handoff.ts';

export async function settleApproval(tx: WriteTransaction, id: string, notice: NewHandoff['notice']): Promise<Settled<Handoff>> {
  const held = await holdToAccept(tx, id);
  if (!held.ok) return held;
  const { row, closed } = held.value;
  if (row.status !== 'awaiting-approval' || row.approval_id === null) return answer(tx, id);
  const ranOut = await expireInTransaction(tx, row.approval_id);
  const approval = await tx.db.selectFrom('approvals').selectAll().where('id', '=', row.approval_id).executeTakeFirst();
  if (approval === undefined) throw new Fault('orphan-row', `the handoff ${id} waits for the approval ${row.approval_id}, which does not exist`);
  if (approval.status === 'pending') return answer(tx, id);
  const settled = approval.status === 'approved' ? await queueApproved(tx, { row, closed, notice, approval }) : await refuseUnapproved(tx, row, approval);
  if (!settled.ok) return settled;
  await appendInTransaction(tx, [...ranOut.events, ...settled.value]);
  return answer(tx, id);
}

interface Approved {
  readonly row: DecidedRow;
  readonly closed: string | null;
  readonly notice: NewHandoff['notice'];
  readonly approval: ApprovalRow;
}

async function queueApproved(tx: WriteTransaction, { row, closed, notice, approval }: Approved): Promise<Settled<readonly NewEvent[]>> {
  if (approval.digest !== row.digest) return done(await refuseHandoff(tx, row, 'refuse', changedSince(approval, row)));
  const used = await useInTransaction(tx, row.approval_id ?? '', row.digest);
  if (!used.ok) return used;
  if (closed !== null) return done(await refuseHandoff(tx, row, 'refuse', closed, { guardrail: 'target-open' }));
  await change(tx, row, { approved_digest: row.digest });
  return announce(tx, row, notice);
}

/** Whatever changes what would run asks anew, so this was changed behind the store's back; nobody can say yes to it any more. */
function changedSince({ id, digest }: ApprovalRow, row: DecidedRow): string {
  return `the yes (approval ${id}) is bound to ${digest.slice(0, 16)}, and what would run is ${row.digest.slice(0, 16)}, which nobody approved; hand it over again`;
}

async function refuseUnapproved(tx: WriteTransaction, row: DecidedRow, approval: ApprovalRow): Promise<Settled<readonly NewEvent[]>> {
  const said = approval.answer_reason === null ? '' : `: ${approval.answer_reason}`;
  const reason =
    approval.status === 'denied'
      ? `${approval.answered_by ?? 'a person'} said no (approval ${approval.id})${said}`
      : `nobody said yes in time (approval ${approval.id}), and no answer is no`;
  return done(await refuseHandoff(tx, row, 'deny', reason));
}
