/** Where a judged handoff comes to stand, with what that begins: a person asked, a notice accepted, or nothing more. */
import { canonicalHandoff, type HandoffDecision, type HandoffQuestion, type HandoffVerb, type NewHandoff } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import { askInTransaction, runOutInTransaction } from '../approvals.ts';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { fromStoredJson, storableText } from '../stored-text.ts';
import { change, statusAfter, step } from './change-handoff.ts';
import { endHandoff } from './end-handoff.ts';
import { handoffEvent } from './handoff-events.ts';
import { acceptNotice, withdrawNotice } from './notices.ts';

/** The tool whose call asks for a handoff; what a person is shown as asked for. */
const tool = 'dispatch_handoff';

/** What a person must say yes to first. Who said yes to something else has not said yes to this, even where nobody would be asked by now. */
export function needsPerson(row: Pick<HandoffRow, 'approved_digest'>, { verdict, digest }: HandoffDecision): boolean {
  if (row.approved_digest === digest) return false;
  return verdict === 'ask' || row.approved_digest !== null;
}

export async function refuseHandoff(
  tx: WriteTransaction,
  row: HandoffRow,
  verb: Extract<HandoffVerb, 'deny' | 'refuse'>,
  reason: string,
  more: { readonly guardrail?: string | undefined } = {},
): Promise<readonly NewEvent[]> {
  const ranOut = await endHandoff(tx, row, verb, { reason: storableText(reason) });
  const withdrawn = await withdrawNotice(tx, row);
  return [...ranOut, ...withdrawn, handoffEvent('handoff.refused', row, 'daemon', { reason, ...more })];
}

/**
 * Asks (again): whatever was asked before runs out, and a notice nobody has said yet is not said. The row has what would run; a person is shown all that the yes is bound to.
 */
export async function askPerson(
  tx: WriteTransaction,
  row: HandoffRow,
  { question, decision, approval }: { readonly question: HandoffQuestion; readonly decision: HandoffDecision; readonly approval: NewHandoff['approval'] },
): Promise<readonly NewEvent[]> {
  const withdrawn = await withdrawNotice(tx, row);
  const asked = row.asked + 1;
  const wanted = { approval_id: approval.id, asked, approved_digest: null, reason: '' };
  // A row that waits already, as one that was just made does, waits on; the question is another.
  if (row.status === 'awaiting-approval') await change(tx, row, wanted);
  else await step(tx, row, 'ask-again', wanted);
  const ranOut = await runOutInTransaction(tx, [row.id]);
  const { events } = await askInTransaction(tx, {
    id: approval.id,
    digest: decision.digest,
    action: { agent: row.source_agent, session: row.source_session, tool, args: canonicalHandoff(question, decision) },
    reason: decision.rule,
    sessionKey: row.source_session,
    turnId: row.id,
    callId: `ask.${asked}`,
    expiresInMs: approval.expiresInMs,
    provenance: fromStoredJson(row.provenance),
  });
  const told = handoffEvent('handoff.awaiting-approval', row, 'daemon', { approval: approval.id, digest: decision.digest, reason: decision.rule });
  return [...withdrawn, ...ranOut, ...events, told];
}

/** Queued, with a notice of its own in place of one that nobody has said yet. */
export async function announce(tx: WriteTransaction, row: HandoffRow, notice: NewHandoff['notice']): Promise<Settled<readonly NewEvent[]>> {
  const withdrawn = await withdrawNotice(tx, row);
  const accepted = await acceptNotice(tx, row, notice);
  if (!accepted.ok) return accepted;
  const queued = { notice_turn: notice.turnId, reason: '' };
  if (statusAfter(row, 'approve') === undefined) await change(tx, row, queued);
  else await step(tx, row, 'approve', queued);
  return done([...withdrawn, ...accepted.value, handoffEvent('handoff.queued', row, 'daemon', { notice: notice.turnId })]);
}
