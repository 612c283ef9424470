/** A handoff whose notice does not arrive waits, and goes on when it has. */
import type { Handoff, NewHandoff } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText } from '../stored-text.ts';
import { answer, refuseStep, statusAfter, step } from './change-handoff.ts';
import { handoffEvent } from './handoff-events.ts';
import { holdHandoff, holdToAccept } from './hold-edge.ts';
import { acceptNotice, withdrawNotice } from './notices.ts';

export async function pauseHandoff(tx: WriteTransaction, id: string, reason: string): Promise<Settled<Handoff>> {
  const held = await holdHandoff(tx, id);
  if (!held.ok) return held;
  const row = held.value;
  if (statusAfter(row, 'pause') === undefined) return refuseStep(row, 'paused');
  await step(tx, row, 'pause', { reason: storableText(reason) });
  await appendInTransaction(tx, [handoffEvent('handoff.paused', row, 'daemon', { reason })]);
  return answer(tx, id);
}

export async function resumeHandoff(tx: WriteTransaction, id: string, notice: NewHandoff['notice'] | null, actor: string): Promise<Settled<Handoff>> {
  const held = await holdToAccept(tx, id);
  if (!held.ok) return held;
  const { row } = held.value;
  if (statusAfter(row, 'resume') === undefined) return refuseStep(row, 'resumed');
  const announced = await announceAgain(tx, row, notice);
  if (!announced.ok) return announced;
  await step(tx, row, 'resume', { reason: '', notice_turn: notice?.turnId ?? row.notice_turn });
  await appendInTransaction(tx, [...announced.value, handoffEvent('handoff.resumed', row, actor, { notice: notice?.turnId })]);
  return answer(tx, id);
}

async function announceAgain(tx: WriteTransaction, row: HandoffRow, notice: NewHandoff['notice'] | null): Promise<Settled<readonly NewEvent[]>> {
  if (notice === null) return done([]);
  const withdrawn = await withdrawNotice(tx, row);
  const accepted = await acceptNotice(tx, row, notice);
  return accepted.ok ? done([...withdrawn, ...accepted.value]) : accepted;
}
