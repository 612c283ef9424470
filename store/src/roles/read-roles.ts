/** Role sessions and incarnations from their rows. What can be read off the session, its turns and its runs is read there. */
import type { Incarnation, RoleSession } from '@guildhall/roles';
import { sql, type Kysely } from 'kysely';
import type { RoleSessionRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';

export async function readRole(db: Kysely<Schema>, plan: string, role: string): Promise<RoleSession | undefined> {
  const row = await db.selectFrom('role_sessions').selectAll().where('plan', '=', plan).where('role', '=', role).executeTakeFirst();
  return row === undefined ? undefined : toRoleSession(db, row);
}

export async function toRoleSession(db: Kysely<Schema>, row: RoleSessionRow): Promise<RoleSession> {
  const [conversation, figures, run, retiredReason] = await Promise.all([
    readConversation(db, row),
    readFigures(db, row),
    readRuns(db, row),
    readRetiredReason(db, row),
  ]);
  return {
    plan: row.plan,
    role: row.role,
    sessionKey: row.session_key,
    agent: row.agent,
    status: row.status,
    incarnation: row.incarnation,
    openedAt: row.opened_at,
    retiredReason,
    lastActivityAt: Math.max(row.last_activity_at, conversation?.last_activity_at ?? 0, figures.lastAt),
    entryCount: conversation?.entry_count ?? 0,
    turns: figures.turns,
    queuedTurns: figures.queued,
    runningTurn: figures.running,
    waitingForPerson: run.waiting,
    compactedAt: conversation?.compacted_at ?? null,
    costMicroUsd: figures.cost,
    inputTokens: figures.input,
    outputTokens: figures.output,
    lastRun: run.last,
  };
}

function readConversation(db: Kysely<Schema>, row: RoleSessionRow) {
  return db
    .selectFrom('sessions')
    .leftJoin('entries', (join) => join.onRef('entries.session_key', '=', 'sessions.key').onRef('entries.seq', '=', 'sessions.compacted_seq'))
    .select(['sessions.entry_count', 'sessions.last_activity_at', 'entries.at as compacted_at'])
    .where('sessions.key', '=', row.session_key)
    .executeTakeFirst();
}

interface Figures {
  readonly turns: number;
  readonly queued: number;
  readonly running: string | null;
  readonly cost: number;
  readonly input: number;
  readonly output: number;
  readonly lastAt: number;
}

const figureColumns = sql`turns.id, turns.status, turns.cost_micro_usd, turns.input_tokens, turns.output_tokens, coalesce(turns.ended_at, turns.started_at, turns.accepted_at) as last_at`;

/** Over the turns in the role's own session, and those of its runs in sessions of their own. */
async function readFigures(db: Kysely<Schema>, { plan, role, session_key: key }: RoleSessionRow): Promise<Figures> {
  const { rows } = await sql<Figures>`select count(*) as "turns", cast(coalesce(sum(case when status = 'queued' then 1 else 0 end), 0) as bigint) as "queued",
    max(case when status = 'running' then id end) as "running", cast(coalesce(sum(cost_micro_usd), 0) as bigint) as "cost",
    cast(coalesce(sum(input_tokens), 0) as bigint) as "input", cast(coalesce(sum(output_tokens), 0) as bigint) as "output", coalesce(max(last_at), 0) as "lastAt"
    from (select ${figureColumns} from turns where turns.session_key = ${key}
      union all select ${figureColumns} from role_runs join turns on turns.id = role_runs.turn_id
      where role_runs.plan = ${plan} and role_runs.role = ${role} and role_runs.session_key <> ${key}) as own`.execute(db);
  return rows[0] ?? { turns: 0, queued: 0, running: null, cost: 0, input: 0, output: 0, lastAt: 0 };
}

async function readRuns(db: Kysely<Schema>, { plan, role }: RoleSessionRow): Promise<{ readonly waiting: number; readonly last: RoleSession['lastRun'] }> {
  const ofRole = db.selectFrom('role_runs').where('plan', '=', plan).where('role', '=', role);
  const [waiting, last] = await Promise.all([
    ofRole
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('status', '=', 'waiting-for-person')
      .executeTakeFirstOrThrow(),
    ofRole.select(['id', 'mode', 'compliance']).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst(),
  ]);
  return { waiting: waiting.count, last: last === undefined ? null : { ...last } };
}

/** Why the newest incarnation ended; null while it has not. */
export async function readRetiredReason(db: Kysely<Schema>, { plan, role, incarnation }: RoleSessionRow): Promise<string | null> {
  const newest = await db
    .selectFrom('role_incarnations')
    .select('retired_reason')
    .where('plan', '=', plan)
    .where('role', '=', role)
    .where('number', '=', incarnation)
    .executeTakeFirst();
  return newest?.retired_reason ?? null;
}

/** First first. An incarnation has the turns and entries up to where the next one begins; turns in sessions of single runs belong to the one their run was asked of. */
export async function readIncarnations(db: Kysely<Schema>, plan: string, role: string): Promise<readonly Incarnation[]> {
  const session = await db
    .selectFrom('role_sessions')
    .leftJoin('sessions', 'sessions.key', 'role_sessions.session_key')
    .select(['role_sessions.session_key', 'sessions.entry_count'])
    .where('plan', '=', plan)
    .where('role', '=', role)
    .executeTakeFirst();
  if (session === undefined) return [];
  const rows = await db.selectFrom('role_incarnations').selectAll().where('plan', '=', plan).where('role', '=', role).orderBy('number').execute();
  const sums = await sumTurns(db, plan, role, session.session_key);
  return rows.map((row, index) => {
    const lastSeq = rows[index + 1]?.after_seq ?? session.entry_count ?? 0;
    const isEmpty = lastSeq <= row.after_seq;
    const sum = sums.find(({ number }) => number === row.number);
    return {
      number: row.number,
      begunBy: row.begun_by,
      openedAt: row.opened_at,
      openedBy: row.opened_by,
      openedReason: row.opened_reason,
      retiredAt: row.retired_at,
      retiredBy: row.retired_by,
      retiredReason: row.retired_reason,
      firstSeq: isEmpty ? null : row.after_seq + 1,
      lastSeq: isEmpty ? null : lastSeq,
      turns: sum?.turns ?? 0,
      costMicroUsd: sum?.cost ?? 0,
      brief: row.brief,
    };
  });
}

async function sumTurns(db: Kysely<Schema>, plan: string, role: string, key: string) {
  const { rows } = await sql<{
    number: number;
    turns: number;
    cost: number;
  }>`select number as "number", count(*) as "turns", cast(sum(cost) as bigint) as "cost" from (
      select mine.number as number, turns.cost_micro_usd as cost from role_incarnations as mine
      left join role_incarnations as next on next.plan = mine.plan and next.role = mine.role and next.number = mine.number + 1
      join turns on turns.session_key = ${key} and turns.ordinal > mine.after_turn and (next.after_turn is null or turns.ordinal <= next.after_turn)
      where mine.plan = ${plan} and mine.role = ${role}
      union all select role_runs.incarnation as number, turns.cost_micro_usd as cost from role_runs join turns on turns.id = role_runs.turn_id
      where role_runs.plan = ${plan} and role_runs.role = ${role} and role_runs.session_key <> ${key}) as own group by number`.execute(db);
  return rows;
}
