/** Pieces of work asked of roles: asked once, with the turn that does them, and settled once. */
import type { ArtifactView } from '@guildhall/protocol';
import type { RunVerbs } from '@guildhall/roles';
import type { Kysely } from 'kysely';
import { settle, type Database } from '../database.ts';
import { isOpenRoleRun } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { answerRun } from './answer-run.ts';
import { invokeRole } from './invoke-role.ts';
import { readRun, selectRuns, toArtifact, toRoleRun } from './read-runs.ts';
import { settleRun } from './settle-run.ts';

const largestPage = 1_000;

export function runVerbs(database: Database): RunVerbs {
  return {
    invokeRole: (run) => settle(database, (tx) => invokeRole(tx, run)),
    answerRun: (run, answer) => settle(database, (tx) => answerRun(tx, run, answer)),
    settleRun: (run, settled) => settle(database, (tx) => settleRun(tx, run, settled)),
    unsettledRuns: (limit) =>
      database.read(async (db) => {
        const rows = await selectRuns(db)
          .innerJoin('turns as ended', (join) => join.on((eb) => eb('ended.id', '=', eb.fn.coalesce('role_runs.turn_id', 'role_runs.host_turn'))))
          .where(isOpenRoleRun)
          .where('ended.ended_at', 'is not', null)
          .orderBy('role_runs.created_at')
          .orderBy('role_runs.id')
          .limit(page(limit))
          .execute();
        return rows.map(toRoleRun);
      }),
    readRun: (run) => database.read((db) => readRun(db, run)),
    runOfTurn: (turnId) =>
      database.read(async (db) => {
        const row = await selectRuns(db).where('role_runs.turn_id', '=', turnId).executeTakeFirst();
        return row === undefined ? undefined : toRoleRun(row);
      }),
    listRuns: ({ plan, role, status, limit }) =>
      database.read(async (db) => {
        const rows = await selectRuns(db)
          .$if(plan !== undefined, (query) => query.where('role_runs.plan', '=', plan ?? ''))
          .$if(role !== undefined, (query) => query.where('role_runs.role', '=', role ?? ''))
          .$if(status !== undefined, (query) => query.where('role_runs.status', '=', status ?? 'queued'))
          .orderBy('role_runs.created_at', 'desc')
          .orderBy('role_runs.id', 'desc')
          .limit(page(limit))
          .execute();
        return rows.map(toRoleRun);
      }),
    artifactsOf: (query) => database.read((db) => listArtifacts(db, query)),
    readArtifact: (id) =>
      database.read(async (db) => {
        const row = await db.selectFrom('artifacts').selectAll().where('id', '=', id).executeTakeFirst();
        if (row === undefined) return undefined;
        const kept = await db.selectFrom('attachment_contents').select('content').where('sha256', '=', row.sha256).executeTakeFirst();
        return { artifact: toArtifact(row), content: row.kept === 1 ? (kept?.content ?? null) : null };
      }),
  };
}

/** Newest first. */
async function listArtifacts(db: Kysely<Schema>, { plan, run, role, limit }: Parameters<RunVerbs['artifactsOf']>[0]): Promise<readonly ArtifactView[]> {
  const rows = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('plan', '=', plan)
    .$if(run !== undefined, (query) => query.where('run', '=', run ?? ''))
    .$if(role !== undefined, (query) => query.where('role', '=', role ?? ''))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(page(limit))
    .execute();
  return rows.map(toArtifact);
}

function page(limit: number): number {
  return Math.max(1, Math.min(limit, largestPage));
}
