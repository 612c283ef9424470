/** The one turn in which whoever asked for handoffs without waiting for them hears what came of them. */
import type { Handoff, SummaryVerbs } from '@guildhall/handoffs';
import { checkChain } from '@guildhall/authority';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { sql, type Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { acceptInTransaction } from '../sessions/accept.ts';
import { wasLetThrough } from './find-earlier.ts';
import { handoffEvent } from './handoff-events.ts';
import { selectHandoffs, toHandoff } from './handoff-rows.ts';

type Summary = Parameters<SummaryVerbs['openSummary']>[1];
type Opened = Awaited<ReturnType<SummaryVerbs['openSummary']>>;

/** Where the summary can never be opened, the duty is forgotten with no turn. */
const noTurn = '';

export function summaryVerbs(database: Database): SummaryVerbs {
  return {
    dueSummaries: (limit) => database.read((db) => dueSummaries(db, limit)),
    async openSummary(sourceTurn, summary) {
      const opened = await settle(database, (tx) => openSummary(tx, sourceTurn, summary));
      if (opened.ok || !isForGood(opened.refusal.code, summary)) return opened;
      await database.transaction((tx) => forget(tx, sourceTurn, opened.refusal.message));
      return opened;
    },
    releaseAwaited: (id) =>
      database.transaction(async ({ db }) => {
        await db.updateTable('handoffs').set({ awaited: 0 }).where('id', '=', id).where(isOpenHandoff).execute();
      }),
  };
}

/** A full session empties; a role that was retired, a chain that was called off and one that is too long take nothing any more. */
function isForGood(code: string, { provenance }: Summary): boolean {
  return code === 'wrong-state' || code === 'not-found' || !checkChain(provenance).ok;
}

async function dueSummaries(db: Kysely<Schema>, limit: number): Promise<Awaited<ReturnType<SummaryVerbs['dueSummaries']>>> {
  const due = await db
    .selectFrom('handoffs')
    .innerJoin('turns', 'turns.id', 'handoffs.source_turn')
    .select('turns.id')
    .where(isToSumUp)
    .where('turns.status', 'in', ['completed', 'failed', 'cancelled'])
    .where(sql<boolean>`not exists (select 1 from handoff_summaries where handoff_summaries.source_turn = turns.id)`)
    .groupBy('turns.id')
    // One that did not say how many are needed needs all.
    .having(
      sql<boolean>`sum(case when handoffs.status in ('awaiting-approval', 'queued', 'paused', 'running') then 0 else 1 end)
        >= case when count(handoffs.needed) < count(*) or max(handoffs.needed) > count(*) then count(*) else max(handoffs.needed) end`,
    )
    .orderBy('turns.id')
    .limit(limit)
    .execute();
  return Promise.all(due.map(async ({ id }) => ({ sourceTurn: id, handoffs: await askedBy(db, id) })));
}

/** Asked for by a turn, waited for by nobody, and not refused where it was asked for: that was answered at once. */
export const isToSumUp = sql<boolean>`handoffs.source_turn is not null and handoffs.awaited = 0 and ${wasLetThrough}`;

async function askedBy(db: Kysely<Schema>, sourceTurn: string): Promise<readonly Handoff[]> {
  const rows = await selectHandoffs(db).where('source_turn', '=', sourceTurn).where(isToSumUp).orderBy('handoffs.id').execute();
  return rows.map(toHandoff);
}

async function openSummary(tx: WriteTransaction, sourceTurn: string, summary: Summary): Promise<Opened> {
  const { turnId, text, provenance, maxQueued } = summary;
  const source = await tx.db.selectFrom('turns').select(['session_key', 'agent']).where('id', '=', sourceTurn).executeTakeFirst();
  if (source === undefined) return noSource(sourceTurn);
  const earlier = await claimDuty(tx, sourceTurn, turnId);
  if (earlier === noTurn)
    return refuse('wrong-state', `what came of the handoffs of the turn ${sourceTurn} could not be summed up, and will not be`, { sourceTurn });
  if (earlier !== undefined) return done({ sessionKey: source.session_key, turnId: earlier });
  const handoffs = await askedBy(tx.db, sourceTurn);
  const accepted = await acceptInTransaction(tx, {
    message: { platform: 'handoff', account: 'summary', chat: sourceTurn, chatType: 'thread', thread: 'summary', messageId: `${sourceTurn}.summary`, text },
    from: 'daemon',
    sessionKey: source.session_key,
    agent: source.agent,
    turnId,
    provenance,
    busy: 'queue',
    maxQueued,
    route: { sumsUp: sourceTurn, handoffs: handoffs.map(({ id }) => id) },
  });
  if (!accepted.ok) return accepted;
  await appendInTransaction(tx, [...accepted.value.events, ...(await told(tx, sourceTurn, { turn: turnId }))]);
  return done({ sessionKey: source.session_key, turnId });
}

function noSource(sourceTurn: string): Settled<never> {
  return refuse('not-found', `there is no turn "${sourceTurn.slice(0, 80)}" that could have asked for handoffs`, { sourceTurn });
}

/** The turn that somebody else has opened for it, or undefined: then it is ours to open, and others wait until it is. */
async function claimDuty({ db, at }: WriteTransaction, sourceTurn: string, turnId: string): Promise<string | undefined> {
  const claimed = await db
    .insertInto('handoff_summaries')
    .values({ source_turn: sourceTurn, turn_id: turnId, at })
    .onConflict((conflict) => conflict.column('source_turn').doNothing())
    .returning('turn_id')
    .executeTakeFirst();
  if (claimed !== undefined) return undefined;
  const { turn_id: earlier } = await db.selectFrom('handoff_summaries').select('turn_id').where('source_turn', '=', sourceTurn).executeTakeFirstOrThrow();
  return earlier;
}

async function forget(tx: WriteTransaction, sourceTurn: string, reason: string): Promise<void> {
  if ((await claimDuty(tx, sourceTurn, noTurn)) === undefined) await appendInTransaction(tx, await told(tx, sourceTurn, { reason }));
}

async function told(tx: WriteTransaction, sourceTurn: string, more: { readonly turn: string } | { readonly reason: string }) {
  const rows = await tx.db.selectFrom('handoffs').selectAll().where('source_turn', '=', sourceTurn).where(isToSumUp).orderBy('id').execute();
  return rows.map((row) => handoffEvent('handoff.summed-up', row, 'daemon', { sourceTurn, ...more }));
}
