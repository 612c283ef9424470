/** The breakers of edges, kept in the rows that are held while something of the edge is counted. */
import { breakerAfter, type BreakerRecord, type EdgeRules } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { sql, type Kysely } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { leaseNow as leaseTime } from '../seam.ts';
import { handoffEvent } from './handoff-events.ts';
import { edgeLock, type EdgeEnds } from './hold-edge.ts';

/** A probe that is not open any more tries nothing, however it ended. `judged`: the handoff that is looked at; it does not stand in its own way. */
export async function breakerRecord(
  db: Kysely<Schema>,
  edge: EdgeEnds,
  judged: string | null = null,
): Promise<{ readonly record: BreakerRecord; readonly leaseNow: number }> {
  const now = await sql<{ at: number }>`select ${leaseTime} as at`.execute(db);
  const row = await db.selectFrom('handoff_locks').select(['failures', 'opened_lease', 'probe']).where('name', '=', edgeLock(edge)).executeTakeFirst();
  const probe = row?.probe ?? null;
  const tries = probe !== null && probe !== judged && (await isOpen(db, probe));
  return {
    record: { failures: row?.failures ?? 0, openedLease: row?.opened_lease ?? null, probe: tries ? probe : null },
    leaseNow: now.rows[0]?.at ?? 0,
  };
}

/** The handoff tries whether its edge works again. Its edge is held. */
export async function setProbe(tx: WriteTransaction, edge: EdgeEnds, handoff: string): Promise<void> {
  await tx.db.updateTable('handoff_locks').set({ probe: handoff }).where('name', '=', edgeLock(edge)).execute();
}

/** After a handoff of the edge, which is held, has ended; with what the journal says of it. */
export async function noteEnd(tx: WriteTransaction, row: HandoffRow, ended: 'well' | 'badly', rules: EdgeRules['breaker']): Promise<readonly NewEvent[]> {
  const { record, leaseNow } = await breakerRecord(tx.db, row, row.id);
  const after = breakerAfter(record, ended, leaseNow, rules);
  await tx.db
    .updateTable('handoff_locks')
    .set({ failures: after.failures, opened_lease: after.openedLease, probe: after.probe })
    .where('name', '=', edgeLock(row))
    .execute();
  const more = { failures: after.failures, restMs: rules.restMs };
  if (after.openedLease !== null) return [handoffEvent('edge.opened', row, 'daemon', more)];
  return record.openedLease === null ? [] : [handoffEvent('edge.closed', row, 'daemon', { failures: after.failures })];
}

async function isOpen(db: Kysely<Schema>, id: string): Promise<boolean> {
  const row = await db.selectFrom('handoffs').select('id').where('id', '=', id).where(isOpenHandoff).executeTakeFirst();
  return row !== undefined;
}
