/** Rotating a role: its context begins anew from a brief, while the record goes on. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { roleTransitions, type RoleSession, type RoleVerbs } from '@guildhall/roles';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { RoleSessionRow } from '../role-schema.ts';
import type { SessionRow, TurnRow } from '../schema.ts';
import { holdSession } from '../sessions/hold-session.ts';
import { turnEvent } from '../sessions/turn-event.ts';
import { insertEntries } from '../sessions/write-entries.ts';
import { storableText } from '../stored-text.ts';
import { beginIncarnation, endIncarnation } from './incarnations.ts';
import { readRole } from './read-roles.ts';
import { roleEvent } from './role-events.ts';
import { holdOpenRole } from './role-guard.ts';

export async function rotateRole(tx: WriteTransaction, plan: string, role: string, by: Parameters<RoleVerbs['rotateRole']>[2]): Promise<Settled<RoleSession>> {
  const open = await holdOpenRole(tx, plan, role);
  if (!open.ok) return open;
  const session = open.value.role;
  const record = await holdRecord(tx, session);
  if (!record.ok) return record;
  const { conversation, lastTurn } = record.value;
  await endIncarnation(tx, session, by);
  const incarnation = await beginIncarnation(tx, session, { begunBy: 'rotated', ...by });
  const throughSeq = conversation.entry_count;
  await tx.db
    .updateTable('sessions')
    .set({ entry_count: throughSeq + 1, compacted_seq: throughSeq + 1 })
    .where('key', '=', session.session_key)
    .execute();
  await insertEntries(tx, lastTurn, throughSeq, [{ kind: 'compaction', summary: by.brief, throughSeq }]);
  await moveWaitingRuns(tx, session, incarnation);
  await tx.db
    .updateTable('role_sessions')
    .set({ status: roleTransitions.open.rotate, incarnation, last_activity_at: tx.at })
    .where('plan', '=', plan)
    .where('role', '=', role)
    .execute();
  await appendInTransaction(tx, [
    turnEvent('session.compacted', lastTurn, { seq: throughSeq + 1, throughSeq }, by.actor),
    roleEvent('role.rotated', session, by.actor, { reason: storableText(by.reason), incarnation, seq: throughSeq + 1 }),
  ]);
  const rotated = await readRole(tx.db, plan, role);
  if (rotated === undefined) throw new RunAgain(`the role ${role} of ${plan}`);
  return done(rotated);
}

/** The conversation, held, with the last turn that said something in it. */
async function holdRecord(
  tx: WriteTransaction,
  { plan, role, session_key: key }: RoleSessionRow,
): Promise<Settled<{ readonly conversation: SessionRow; readonly lastTurn: TurnRow }>> {
  await holdSession(tx, key);
  const conversation = await tx.db.selectFrom('sessions').selectAll().where('key', '=', key).executeTakeFirst();
  if (conversation?.running_turn !== undefined && conversation.running_turn !== null) {
    return refuse(
      'lease-held',
      `a turn of the role ${role} runs (${conversation.running_turn}); wait until it has ended, or stop it with: guildhall turns cancel ${conversation.running_turn}`,
      {
        plan,
        role,
        turnId: conversation.running_turn,
      },
    );
  }
  const lastTurn = await tx.db
    .selectFrom('turns')
    .innerJoin('entries', 'entries.turn_id', 'turns.id')
    .selectAll('turns')
    .where('entries.session_key', '=', key)
    .where('entries.seq', '=', conversation?.entry_count ?? 0)
    .executeTakeFirst();
  if (conversation === undefined || lastTurn === undefined) {
    return refuse('wrong-state', `nothing has been said in the session of the role ${role} of the plan "${plan}", so its context is new already`, {
      plan,
      role,
    });
  }
  return done({ conversation, lastTurn });
}

/** What has not begun is done by the new incarnation. */
async function moveWaitingRuns(tx: WriteTransaction, { plan, role }: RoleSessionRow, incarnation: number): Promise<void> {
  await tx.db
    .updateTable('role_runs')
    .set({ incarnation })
    .where('plan', '=', plan)
    .where('role', '=', role)
    .where('status', 'in', ['queued', 'waiting-for-person'])
    .where((eb) =>
      eb.or([
        eb('turn_id', 'is', null),
        eb.exists(eb.selectFrom('turns').select('id').whereRef('turns.id', '=', 'role_runs.turn_id').where('turns.status', '=', 'queued')),
      ]),
    )
    .execute();
}
