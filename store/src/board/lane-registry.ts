/** Rows of lanes that come and go. A lane that went keeps its row, and its name may be registered again. */
import type { NewLane } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { revokeInTransaction } from '../credentials.ts';
import { isOpenRun } from '../partial-indexes.ts';
import type { LaneRow } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { dropClaim, takeBack } from './end-run.ts';
import { holdTask } from './hold-tasks.ts';
import { laneEvent } from './row-events.ts';

/** Undefined while a lane of that name is registered. */
export function insertLane({ db, at }: WriteTransaction, lane: NewLane): Promise<LaneRow | undefined> {
  const row = {
    kind: lane.kind,
    claim_mode: lane.claimMode,
    capacity: lane.capacity,
    labels: toStoredJson(lane.labels),
    description: storableText(lane.description),
    lease_ms: lane.leaseMs,
    runner: lane.runner === null ? null : toStoredJson(lane.runner),
    state: 'active',
    parked_reason: null,
    parked_until: null,
    failure_streak: 0,
    credential_id: lane.credential?.id ?? null,
    version: '',
    registered_at: at,
    last_seen_at: null,
  } as const satisfies Omit<LaneRow, 'name'>;
  return db
    .insertInto('lanes')
    .values({ name: lane.name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row).where('lanes.state', '=', 'unregistered'))
    .returningAll()
    .executeTakeFirst();
}

/** Ends the lane, its credential and its claims; what it held is ready again. Its row is held. */
export async function unregister(
  tx: WriteTransaction,
  lane: LaneRow,
  actor: string,
): Promise<{ readonly lane: LaneRow; readonly events: readonly NewEvent[] }> {
  const row = await tx.db
    .updateTable('lanes')
    .set({ state: 'unregistered', credential_id: null, parked_reason: null, parked_until: null })
    .where('name', '=', lane.name)
    .returningAll()
    .executeTakeFirstOrThrow();
  const revoked = lane.credential_id === null ? undefined : await revokeInTransaction(tx, lane.credential_id, actor);
  const open = await tx.db.selectFrom('runs').select('task').where('lane', '=', lane.name).where(isOpenRun).orderBy('task').execute();
  const events: NewEvent[] = [];
  for (const { task } of open) {
    await dropClaim(tx, task);
    const held = await holdTask(tx, task);
    if (held?.lane !== lane.name) continue;
    events.push(...expectDone(await takeBack(tx, held, `the lane ${lane.name} was unregistered`, actor)).events);
  }
  return { lane: row, events: [...events, ...(revoked === undefined ? [] : [revoked.event]), laneEvent('lane.unregistered', row, actor)] };
}
