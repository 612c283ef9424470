/**
 * Approvals. One has run out when either clock says so: lease time, which no jump of the wall clock moves, or the wall clock, which goes on while the daemon does not run.
 * It has also run out when its turn has ended: nobody is left who could use it. The first to notice writes it down, so that a clock that steps back revives nothing.
 */
import { approvalTransitions, type Approval, type ApprovalAnswer, type ApprovalStore, type NewApproval } from '@guildhall/authority';
import type { NewEvent } from '@guildhall/kernel';
import { done, eventData, refuse, sessionStream, type EventType, type Settled } from '@guildhall/protocol';
import { sql } from 'kysely';
import { settle, type Database, type WriteTransaction } from './database.ts';
import { appendInTransaction } from './journal-append.ts';
import { isOpenApproval } from './partial-indexes.ts';
import type { ApprovalRow } from './schema.ts';
import { rememberApproval } from './standing-approvals.ts';
import { fromStoredJson, storableText, toStoredJson } from './stored-text.ts';

const mostExpiredAtOnce = 500;

export function approvalStore(database: Database): ApprovalStore {
  return {
    askApproval: (approval) =>
      database.transaction(async (tx) => {
        const asked = await askInTransaction(tx, approval);
        await appendInTransaction(tx, asked.events);
        return asked.approval;
      }),
    readApproval: (id) =>
      database.read(async (db) => {
        const row = await db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toApproval(row);
      }),
    listApprovals: ({ status, sessionKeys, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('approvals')
          .selectAll()
          .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'pending'))
          .$if(sessionKeys !== undefined, (query) => query.where('session_key', 'in', sessionKeys ?? []))
          .orderBy('asked_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toApproval);
      }),
    async answerApproval(id, answer, by, reason) {
      await expire(database, id);
      return settle(database, async (tx) => {
        const answered = await tx.db
          .updateTable('approvals')
          .set({
            status: approvalTransitions.pending[answer === 'deny' ? 'deny' : 'approve'],
            answered_by: by,
            answered_at: tx.at,
            answer_reason: reason === undefined ? null : storableText(reason),
          })
          .where('id', '=', id)
          .where('status', '=', 'pending')
          .$if(answer === 'always', (query) => query.where('standing_digest', 'is not', null))
          .where(stillOpen(tx.at))
          .returningAll()
          .executeTakeFirst();
        if (answered === undefined) return refuseUnanswerable(tx, id, answer);
        const remembered = answer === 'always' ? await rememberApproval(tx, answered, by) : [];
        await appendInTransaction(tx, [approvalEvent(answer === 'deny' ? 'approval.denied' : 'approval.given', answered, by), ...remembered]);
        return done(toApproval(answered));
      });
    },
    async useApproval(id, digest) {
      await expire(database, id);
      return settle(database, (tx) => useInTransaction(tx, id, digest));
    },
    expireApprovals: () => expire(database),
  };
}

/** Asks once for each turn and call, with the events for the verb to append: none where it was asked before. */
export async function askInTransaction(
  tx: WriteTransaction,
  approval: NewApproval,
): Promise<{ readonly approval: Approval; readonly events: readonly NewEvent[] }> {
  const asked = await tx.db
    .insertInto('approvals')
    .values({
      id: approval.id,
      digest: approval.digest,
      action: toStoredJson(approval.action),
      reason: storableText(approval.reason),
      session_key: approval.sessionKey,
      turn_id: approval.turnId,
      call_id: approval.callId,
      standing_bound: approval.bound === undefined ? null : toStoredJson(approval.bound),
      standing_digest: approval.standingDigest ?? null,
      status: 'pending',
      provenance: toStoredJson(approval.provenance),
      asked_at: tx.at,
      expires_at: tx.at + Math.round(approval.expiresInMs),
      lapses_at: sql<number>`lease_now() + ${sql.lit(Math.round(approval.expiresInMs))}`,
    })
    .onConflict((conflict) => conflict.columns(['turn_id', 'call_id']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (asked !== undefined) return { approval: toApproval(asked), events: [approvalEvent('approval.asked', asked, 'daemon')] };
  const earlier = await tx.db
    .selectFrom('approvals')
    .selectAll()
    .where('turn_id', '=', approval.turnId)
    .where('call_id', '=', approval.callId)
    .executeTakeFirstOrThrow();
  return { approval: toApproval(earlier), events: [] };
}

/** Uses it up, in one statement; refused when it is not approved, has run out, or is for another digest. */
export async function useInTransaction(tx: WriteTransaction, id: string, digest: string): Promise<Settled<Approval>> {
  const used = await tx.db
    .updateTable('approvals')
    .set({ status: approvalTransitions.approved.use })
    .where('id', '=', id)
    .where('status', '=', 'approved')
    .where('digest', '=', digest)
    .where(stillOpen(tx.at))
    .returningAll()
    .executeTakeFirst();
  return used === undefined ? refuseUnusable(tx, id, digest) : done(toApproval(used));
}

/** Lets everything run out that was asked for these turns or handoffs and is still open, with the events for the verb to append. */
export async function runOutInTransaction(tx: WriteTransaction, turns: readonly string[]): Promise<readonly NewEvent[]> {
  if (turns.length === 0) return [];
  const open = await tx.db.selectFrom('approvals').select('id').where(isOpenApproval).where('turn_id', 'in', turns).execute();
  return toldExpired(await expireRows(tx, open));
}

/** Writes down what ran out by now: all of it, or one, with the events for the verb to append. */
export async function expireInTransaction(
  tx: WriteTransaction,
  id?: string,
): Promise<{ readonly expired: readonly Approval[]; readonly events: readonly NewEvent[] }> {
  const due = await tx.db
    .selectFrom('approvals')
    .select('id')
    .where(isOpenApproval)
    .where(sql<boolean>`not ${stillOpen(tx.at)}`)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .limit(mostExpiredAtOnce)
    .execute();
  const rows = await expireRows(tx, due);
  return { expired: rows.map(toApproval), events: toldExpired(rows) };
}

function toldExpired(rows: readonly ApprovalRow[]): readonly NewEvent[] {
  return rows.map((row) => approvalEvent('approval.expired', row, 'daemon'));
}

async function expireRows(tx: WriteTransaction, rows: readonly Pick<ApprovalRow, 'id'>[]): Promise<readonly ApprovalRow[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  return tx.db
    .updateTable('approvals')
    .set({ status: 'expired' })
    .where('id', 'in', ids)
    .where('status', 'in', ['pending', 'approved'])
    .returningAll()
    .execute();
}

/** Neither clock has passed its end, its turn goes on, and the handoff it was asked for still waits for it. */
function stillOpen(at: number) {
  return sql<boolean>`(expires_at > ${at} and lapses_at > lease_now()
    and not exists (select 1 from turns where turns.id = approvals.turn_id and turns.status not in ('queued', 'running'))
    and not exists (select 1 from handoffs where handoffs.id = approvals.turn_id
      and (handoffs.status <> 'awaiting-approval' or handoffs.approval_id <> approvals.id)))`;
}

/** Nothing is written when there is nothing. */
async function expire(database: Database, id?: string): Promise<readonly Approval[]> {
  return database.transaction(async (tx) => {
    const { expired, events } = await expireInTransaction(tx, id);
    await appendInTransaction(tx, events);
    return expired;
  });
}

async function refuseUnanswerable(tx: WriteTransaction, id: string, answer: ApprovalAnswer): Promise<Settled<never>> {
  const row = await tx.db.selectFrom('approvals').select(['status', 'standing_digest']).where('id', '=', id).executeTakeFirst();
  if (row === undefined) return refuse('not-found', `there is no approval "${id.slice(0, 80)}"; list them with: guildhall approvals list`, { id });
  if (answer === 'always' && row.status === 'pending' && row.standing_digest === null)
    return refuse(
      'not-allowed',
      `the approval ${id} can be given once, but not for always: that is for programs whose words say what runs, and never in a chain that a stranger began or that is forbidden an action. Approve it without always`,
      { id },
    );
  return refuse('wrong-state', `the approval ${id} is ${row.status} already, and an answer is given once`, { id, status: row.status });
}

async function refuseUnusable(tx: WriteTransaction, id: string, digest: string): Promise<Settled<never>> {
  const row = await tx.db.selectFrom('approvals').select(['status', 'digest']).where('id', '=', id).executeTakeFirst();
  if (row === undefined) return refuse('not-found', `there is no approval "${id.slice(0, 80)}"`, { id });
  if (row.status === 'denied') return refuse('approval-denied', `a person said no to this (approval ${id})`, { id });
  if (row.status === 'expired') return refuse('approval-expired', `the approval ${id} ran out before it was used; no answer is no`, { id });
  if (row.digest !== digest)
    return refuse('wrong-state', `the approval ${id} was given for another action; what is to run now was never approved`, { id, status: row.status });
  return refuse('wrong-state', `the approval ${id} is ${row.status}, and only an approved one is used, once`, { id, status: row.status });
}

/** What the journal says of an approval, in its session's stream. */
export function approvalEvent(type: EventType, row: ApprovalRow, actor: string): NewEvent {
  return {
    stream: sessionStream(row.session_key),
    type,
    actor,
    provenance: fromStoredJson(row.provenance),
    data: eventData({
      id: row.id,
      turnId: row.turn_id,
      callId: row.call_id,
      tool: fromStoredJson(row.action).tool,
      digest: row.digest,
      reason: row.reason,
      expiresAt: row.expires_at,
      answerReason: row.answer_reason ?? undefined,
    }),
  };
}

function toApproval(row: ApprovalRow): Approval {
  return {
    id: row.id,
    digest: row.digest,
    action: fromStoredJson(row.action),
    reason: row.reason,
    sessionKey: row.session_key,
    turnId: row.turn_id,
    callId: row.call_id,
    ...(row.standing_bound === null ? {} : { bound: fromStoredJson(row.standing_bound) }),
    ...(row.standing_digest === null ? {} : { standingDigest: row.standing_digest }),
    status: row.status,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    ...(row.answered_by === null ? {} : { answeredBy: row.answered_by }),
    ...(row.answered_at === null ? {} : { answeredAt: row.answered_at }),
    ...(row.answer_reason === null ? {} : { answerReason: row.answer_reason }),
  };
}
