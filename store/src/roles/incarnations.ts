/** How an incarnation begins and ends. A role that is open has one that has not ended, its newest; a retired role has none. */
import type { Incarnation } from '@guildhall/roles';
import type { WriteTransaction } from '../database.ts';
import type { RoleSessionRow } from '../role-schema.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import { storableText } from '../stored-text.ts';
import { holdSession } from '../sessions/hold-session.ts';

/** Answers its number. Turns that wait belong to it. */
export async function beginIncarnation(
  tx: WriteTransaction,
  { plan, role, session_key: key, incarnation }: RoleSessionRow,
  by: { readonly begunBy: Incarnation['begunBy']; readonly actor: string; readonly reason: string },
): Promise<number> {
  await holdSession(tx, key);
  const session = await tx.db.selectFrom('sessions').select(['entry_count', 'turn_count']).where('key', '=', key).executeTakeFirst();
  const waiting = await tx.db
    .selectFrom('turns')
    .select((eb) => eb.fn.min('ordinal').as('first'))
    .where('session_key', '=', key)
    .where(isOpenTurn)
    .where('status', '=', 'queued')
    .executeTakeFirst();
  const firstWaiting: number | null = waiting?.first ?? null;
  const number = incarnation + 1;
  await tx.db
    .insertInto('role_incarnations')
    .values({
      plan,
      role,
      number,
      begun_by: by.begunBy,
      opened_at: tx.at,
      opened_by: by.actor,
      opened_reason: storableText(by.reason),
      retired_at: null,
      retired_by: null,
      retired_reason: null,
      after_seq: session?.entry_count ?? 0,
      after_turn: firstWaiting === null ? (session?.turn_count ?? 0) : firstWaiting - 1,
      brief: '',
    })
    .execute();
  return number;
}

export async function endIncarnation(
  tx: WriteTransaction,
  { plan, role, incarnation }: RoleSessionRow,
  by: { readonly actor: string; readonly reason: string; readonly brief: string },
): Promise<void> {
  await tx.db
    .updateTable('role_incarnations')
    .set({ retired_at: tx.at, retired_by: by.actor, retired_reason: storableText(by.reason), brief: storableText(by.brief) })
    .where('plan', '=', plan)
    .where('role', '=', role)
    .where('number', '=', incarnation)
    .execute();
}
