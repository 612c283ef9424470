/** How a handoff takes a step: from a row that is held, along `handoffTransitions`, and what it leaves behind when it ends. */
import { handoffTransitions, type Handoff, type HandoffVerb } from '@guildhall/handoffs';
import { Fault, done, refuse, type HandoffStatus, type Settled } from '@guildhall/protocol';
import { RunAgain, type WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { readHandoff } from './handoff-rows.ts';

/** What the verb makes of the status; undefined where it is not for it. */
export function statusAfter(row: Pick<HandoffRow, 'status'>, verb: HandoffVerb): HandoffStatus | undefined {
  const steps: Partial<Record<HandoffVerb, HandoffStatus>> = handoffTransitions[row.status];
  return steps[verb];
}

/** Writes the step and what changes with it. The row is held and the step allowed; anything else is a fault. */
export async function step(tx: WriteTransaction, row: HandoffRow, verb: HandoffVerb, changes: Partial<HandoffRow>): Promise<void> {
  const status = statusAfter(row, verb);
  if (status === undefined) throw new Fault('bad-transition', `a handoff that is ${row.status} cannot ${verb}`);
  await change(tx, row, { ...changes, status });
}

/** The row is held. */
export async function change(tx: WriteTransaction, row: Pick<HandoffRow, 'id' | 'status'>, changes: Partial<HandoffRow>): Promise<void> {
  const changed = await tx.db.updateTable('handoffs').set(changes).where('id', '=', row.id).where('status', '=', row.status).returning('id').executeTakeFirst();
  if (changed === undefined) throw new RunAgain(`the handoff ${row.id}`);
}

export async function answer(tx: WriteTransaction, id: string): Promise<Settled<Handoff>> {
  const handoff = await readHandoff(tx.db, id);
  if (handoff === undefined) throw new RunAgain(`the handoff ${id}`);
  return done(handoff);
}

export function refuseStep(row: Pick<HandoffRow, 'id' | 'status'>, what: string): Settled<never> {
  return refuse('wrong-state', `the handoff ${row.id} is ${row.status}, so it cannot be ${what}; see it with: guildhall handoffs show ${row.id}`, {
    handoff: row.id,
    status: row.status,
  });
}
