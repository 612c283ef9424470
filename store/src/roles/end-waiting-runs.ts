/** Ending the runs that wait for a person, in handoffs that were called off. */
import type { NewEvent } from '@guildhall/kernel';
import { roleRunTransitions } from '@guildhall/roles';
import type { WriteTransaction } from '../database.ts';
import { isOfHandoff } from '../partial-indexes.ts';
import { fromStoredJson, storableText } from '../stored-text.ts';
import { roleEvent } from './role-events.ts';

/** A run that an agent works on ends with its turn. */
export async function endWaitingRuns(
  tx: WriteTransaction,
  handoffs: readonly string[],
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<readonly NewEvent[]> {
  const ended = await tx.db
    .updateTable('role_runs')
    .set({ status: roleRunTransitions['waiting-for-person'].settle, outcome: 'cancelled', reason: storableText(reason), ended_at: tx.at })
    .where('handoff', 'in', handoffs)
    .where(isOfHandoff)
    .where('status', '=', 'waiting-for-person')
    .returning(['id', 'plan', 'role', 'provenance', 'reason'])
    .execute();
  return ended
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((run) => roleEvent('role.finished', run, actor, { run: run.id, outcome: 'cancelled', reason: run.reason }, fromStoredJson(run.provenance)));
}
