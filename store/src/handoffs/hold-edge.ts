/**
 * Whatever counts handoffs, or changes what is counted, holds its source, its target and its edge first, and then the handoff itself: on one node or several, two who take the last place follow each
 * other, and the second sees what the first has done.
 */
import { done, type Settled } from '@guildhall/protocol';
import type { HandoffQuestion } from '@guildhall/handoffs';
import type { WriteTransaction } from '../database.ts';
import { guardRoleSession } from '../roles/role-guard.ts';
import { noHandoff, selectHandoffs, type DecidedRow } from './handoff-rows.ts';

export interface EdgeEnds {
  readonly source: string;
  readonly target: string;
}

export function edgeLock({ source, target }: EdgeEnds): string {
  return `edge:${source} ${target}`;
}

/** The rows are made if need be, and held until the transaction ends; in the order of their names. */
export async function holdEdge(tx: WriteTransaction, edge: EdgeEnds): Promise<void> {
  for (const name of [edgeLock(edge), `source:${edge.source}`, `target:${edge.target}`].toSorted()) {
    await tx.db
      .insertInto('handoff_locks')
      .values({ name, failures: 0, opened_lease: null, probe: null })
      .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ name: eb.ref('excluded.name') })))
      .execute();
  }
}

/** Holds the role at the target, where there is one: before everything else, as whoever accepts a message there does. One that takes no work by now closes the target. */
export async function holdTarget(tx: WriteTransaction, question: HandoffQuestion): Promise<HandoffQuestion> {
  const open = await guardRoleSession(tx, question.target.sessionKey);
  return open.ok ? question : { ...question, targetClosed: question.targetClosed ?? open.refusal.message };
}

/** Holds the edge of a handoff and the handoff, and reads it as it is then. */
export async function holdHandoff(tx: WriteTransaction, id: string): Promise<Settled<DecidedRow>> {
  const known = await tx.db.selectFrom('handoffs').select(['source', 'target']).where('id', '=', id).executeTakeFirst();
  if (known === undefined) return noHandoff(id);
  await holdEdge(tx, known);
  await tx.db.selectFrom('handoffs').select('id').where('id', '=', id).modifyEnd(tx.seam.holdRows).execute();
  const row = await selectHandoffs(tx.db).where('handoffs.id', '=', id).executeTakeFirst();
  return row === undefined ? noHandoff(id) : done(row);
}

/** The same, before a turn is accepted in its target's session: a role there is held first. `closed`: why it takes no work now. */
export async function holdToAccept(tx: WriteTransaction, id: string): Promise<Settled<{ readonly row: DecidedRow; readonly closed: string | null }>> {
  const known = await tx.db.selectFrom('handoffs').select('target_session').where('id', '=', id).executeTakeFirst();
  if (known === undefined) return noHandoff(id);
  const open = await guardRoleSession(tx, known.target_session);
  const held = await holdHandoff(tx, id);
  return held.ok ? done({ row: held.value, closed: open.ok ? null : open.refusal.message }) : held;
}
