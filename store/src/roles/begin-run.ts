/** A run begins with its turn, in the same transaction, so that nobody ever sees the one without the other. */
import { done, type Settled } from '@guildhall/protocol';
import { roleRunTransitions } from '@guildhall/roles';
import type { WriteTransaction } from '../database.ts';
import type { TurnRow } from '../schema.ts';
import { refuseRetired } from './role-guard.ts';

/** Refused where the turn waits in a role that is retired, in its own session or in that of one run: retiring cancels such turns, so this is for what came there by another way. */
export async function beginRun(tx: WriteTransaction, turn: Pick<TurnRow, 'id' | 'session_key'>): Promise<Settled<null>> {
  const run = await tx.db
    .updateTable('role_runs')
    .set({ status: roleRunTransitions.queued.begin })
    .where('turn_id', '=', turn.id)
    .where('status', '=', 'queued')
    .returning(['plan', 'role'])
    .executeTakeFirst();
  if (run === undefined && !turn.session_key.startsWith('role:')) return done(null);
  const role = await tx.db
    .selectFrom('role_sessions')
    .selectAll()
    .$if(run === undefined, (query) => query.where('session_key', '=', turn.session_key))
    .$if(run !== undefined, (query) => query.where('plan', '=', run?.plan ?? '').where('role', '=', run?.role ?? ''))
    .executeTakeFirst();
  return role?.status === 'retired' ? refuseRetired(tx, role) : done(null);
}
