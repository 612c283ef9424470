/** Reading sessions: always a page, never a whole history. */
import { done, refuse, type CostGroup, type Settled } from '@guildhall/protocol';
import { searchableText, type CostSum, type Entry, type SearchHit, type Session, type TranscriptStore } from '@guildhall/sessions';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../database.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import type { SearchPlace } from '../seam.ts';
import { excerptAround, searchPhrases } from '../search-words.ts';
import { fromStoredJson } from '../stored-text.ts';
import { toEntry, toSession, toTurn } from './rows.ts';

const largestPage = 1_000;
const dayMs = 86_400_000;
const entryColumns = ['seq', 'turn_id', 'at', 'body'] as const;

export function transcriptStore(database: Database): TranscriptStore {
  return {
    readSession: (key) =>
      database.read(async (db) => {
        const row = await db.selectFrom('sessions').selectAll().where('key', '=', key).executeTakeFirst();
        return row === undefined ? undefined : toSession(row);
      }),
    listSessions: (query) => database.read((db) => listSessions(db, query)),
    readEntries: (sessionKey, query) => database.read((db) => readEntries(db, sessionKey, query)),
    readContext: (sessionKey) => database.read((db) => readContext(db, sessionKey)),
    readTurnEntries: (turnId) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('entries').select(entryColumns).where('turn_id', '=', turnId).orderBy('seq').execute();
        return rows.map(toEntry);
      }),
    readTurn: (turnId) =>
      database.read(async (db) => {
        const row = await db.selectFrom('turns').selectAll().where('id', '=', turnId).executeTakeFirst();
        return row === undefined ? undefined : toTurn(row);
      }),
    listTurns: ({ sessionKey, active, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('turns')
          .selectAll()
          .$if(sessionKey !== undefined, (query) => query.where('session_key', '=', sessionKey ?? ''))
          .$if(active === true, (query) => query.where(isOpenTurn))
          // Within a session the accept order is known; between sessions the wall clock has to do.
          // The sum keeps SQLite from walking all turns in that order to find the few open ones.
          .$if(sessionKey === undefined, (query) => query.orderBy(active === true ? sql`turns.accepted_at + 0` : sql`turns.accepted_at`, 'desc'))
          .orderBy('ordinal', 'desc')
          .limit(Math.min(limit, largestPage))
          .execute();
        return rows.map(toTurn);
      }),
    searchEntries: (agent, query, limit, { sessionKey } = {}) =>
      search(database, sessionKey === undefined ? { agent } : { sessionKey }, query, Math.min(limit, largestPage)),
    countOpenChildren: (parentTurnId) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('turns')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .where('platform', '=', 'delegate')
          .where('chat', '=', parentTurnId)
          .where(isOpenTurn)
          .executeTakeFirstOrThrow();
        return row.count;
      }),
    sumCosts: (by) => database.readLong((db) => sumCosts(db, by)),
    countSessions: () =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('sessions')
          .select((eb) => ['agent', eb.fn.countAll<number | string>().as('count')])
          .groupBy('agent')
          .execute();
        return new Map(rows.map(({ agent, count }) => [agent, Number(count)]));
      }),
    readCounts: () =>
      database.read(async (db) => {
        const { rows } = await sql<Awaited<ReturnType<TranscriptStore['readCounts']>>>`select
          (select count(*) from sessions) as "sessions",
          (select count(*) from turns where status in ('queued', 'running') and status = 'queued') as "queued",
          (select count(*) from turns where status = 'running') as "running",
          (select count(*) from outbound where status in ('pending', 'sending')) as "outboundPending",
          (select count(*) from outbound where status = 'unknown') as "outboundUnknown"`.execute(db);
        return { ...(rows[0] ?? { sessions: 0, queued: 0, running: 0, outboundPending: 0, outboundUnknown: 0 }) };
      }),
  };
}

interface Page {
  readonly agent?: string;
  readonly after?: string;
  readonly limit: number;
}

/** A page of sessions by last activity. The cursor is the last one's place in that order. */
async function listSessions(
  db: Kysely<Schema>,
  { agent, after, limit }: Page,
): Promise<Settled<{ readonly sessions: readonly Session[]; readonly next: string | null }>> {
  const from = after === undefined ? undefined : parsePlace(after);
  if (after !== undefined && from === undefined)
    return refuse('invalid-input', `"${after.slice(0, 80)}" is not the cursor of a page of sessions; begin without one`);
  const wanted = Math.max(1, Math.min(limit, largestPage));
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .$if(agent !== undefined, (query) => query.where('agent', '=', agent ?? ''))
    .$if(from !== undefined, (query) => query.where(sql<boolean>`(last_activity_at, key) < (${from?.at ?? 0}, ${from?.key ?? ''})`))
    .orderBy('last_activity_at', 'desc')
    .orderBy('key', 'desc')
    .limit(wanted + 1)
    .execute();
  const page = rows.slice(0, wanted);
  const last = page.at(-1);
  return done({ sessions: page.map(toSession), next: rows.length > wanted && last !== undefined ? formatPlace(last.last_activity_at, last.key) : null });
}

function formatPlace(at: number, key: string): string {
  return Buffer.from(`${at} ${key}`).toString('base64url');
}

function parsePlace(cursor: string): { readonly at: number; readonly key: string } | undefined {
  const [, at, key] = /^(\d{1,15}) (.+)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return at === undefined || key === undefined ? undefined : { at: Number(at), key };
}

async function readEntries(
  db: Kysely<Schema>,
  sessionKey: string,
  { afterSeq = 0, last = false, limit }: { readonly afterSeq?: number; readonly last?: boolean; readonly limit: number },
): Promise<readonly Entry[]> {
  const rows = await db
    .selectFrom('entries')
    .select(entryColumns)
    .where('session_key', '=', sessionKey)
    .where('seq', '>', afterSeq)
    .orderBy('seq', last ? 'desc' : 'asc')
    .limit(Math.max(1, Math.min(limit, largestPage)))
    .execute();
  return (last ? rows.toReversed() : rows).map(toEntry);
}

/** The newest compaction first, then every entry it does not sum up, in order. */
async function readContext(db: Kysely<Schema>, sessionKey: string): Promise<readonly Entry[]> {
  const compaction = await db
    .selectFrom('entries')
    .innerJoin('sessions', (join) => join.onRef('sessions.key', '=', 'entries.session_key').onRef('sessions.compacted_seq', '=', 'entries.seq'))
    .select(entryColumns)
    .where('session_key', '=', sessionKey)
    .executeTakeFirst();
  const summary = compaction === undefined ? undefined : toEntry(compaction);
  const throughSeq = summary?.body.kind === 'compaction' ? summary.body.throughSeq : 0;
  const rows = await db
    .selectFrom('entries')
    .select(entryColumns)
    .where('session_key', '=', sessionKey)
    .where('seq', '>', throughSeq)
    .$if(summary !== undefined, (query) => query.where('kind', '<>', 'compaction'))
    .orderBy('seq')
    .execute();
  return [...(summary === undefined ? [] : [summary]), ...rows.map(toEntry)];
}

function search(database: Database, place: SearchPlace, query: string, limit: number): Promise<readonly SearchHit[]> {
  const phrases = searchPhrases(query);
  if (phrases.length === 0 || limit < 1) return Promise.resolve([]);
  return database.readLong(async (db) => {
    const ids = await database.seam.findEntries(db, place, phrases, limit);
    if (ids.length === 0) return [];
    const rows = await db.selectFrom('entries').select(['id', 'session_key', 'seq', 'at', 'kind', 'body']).where('id', 'in', ids).execute();
    return rows
      .toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
      .map((row) => ({
        sessionKey: row.session_key,
        seq: row.seq,
        at: row.at,
        kind: row.kind,
        excerpt: excerptAround(searchableText(fromStoredJson(row.body)), query),
      }));
  });
}

/** What a sum is of, and the turns that belong to one. */
const costSources = {
  agent: { key: sql`turns.agent`, turns: sql`turns` },
  day: { key: sql`cast(accepted_at / ${sql.lit(dayMs)} as text)`, turns: sql`turns` },
  plan: { key: sql`role_runs.plan`, turns: sql`role_runs join turns on turns.id = role_runs.turn_id` },
  edge: {
    key: sql`handoffs.source || ' → ' || handoffs.target`,
    turns: sql`handoffs join turns on turns.handoff is not null and turns.handoff = handoffs.id`,
  },
  lane: { key: sql`runs.lane`, turns: sql`turns join runs on runs.id = turns.message_id and turns.platform = 'board'` },
} as const satisfies Record<CostGroup, { readonly key: RawBuilder<unknown>; readonly turns: RawBuilder<unknown> }>;

async function sumCosts(db: Kysely<Schema>, by: CostGroup): Promise<readonly CostSum[]> {
  const { key, turns } = costSources[by];
  const { rows } = await sql<CostSum>`select ${key} as "key", count(*) as "turns", cast(sum(cost_micro_usd) as bigint) as "costMicroUsd",
    cast(sum(input_tokens) as bigint) as "inputTokens", cast(sum(output_tokens) as bigint) as "outputTokens", cast(sum(unpriced_steps) as bigint) as "unpricedSteps"
    from ${turns} group by 1`.execute(db);
  if (by !== 'day') return rows.toSorted((a, b) => b.costMicroUsd - a.costMicroUsd || (a.key < b.key ? -1 : 1)).map((row) => ({ ...row }));
  return rows.toSorted((a, b) => Number(b.key) - Number(a.key)).map((row) => ({ ...row, key: new Date(Number(row.key) * dayMs).toISOString().slice(0, 10) }));
}
