/** Approvals for always. At most one is in force for a digest. */
import type { StandingApproval, StandingApprovalStore } from '@guildhall/authority';
import type { NewEvent } from '@guildhall/kernel';
import { Fault, done, eventData, installationStream, refuse } from '@guildhall/protocol';
import { sql, type Selectable } from 'kysely';
import { settle, type Database, type WriteTransaction } from './database.ts';
import { appendInTransaction } from './journal-append.ts';
import type { ApprovalRow, Schema } from './schema.ts';
import { fromStoredJson } from './stored-text.ts';

const mostListed = 1000;

export function standingApprovalStore(database: Database): StandingApprovalStore {
  return {
    useStandingApproval: (digest) =>
      database.transaction(async ({ db }) => {
        const used = await db
          .updateTable('standing_approvals')
          .set({ uses: sql<number>`uses + 1` })
          .where('digest', '=', digest)
          .where('revoked_at', 'is', null)
          .returningAll()
          .executeTakeFirst();
        return used === undefined ? undefined : toStanding(used);
      }),
    listStandingApprovals: () =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('standing_approvals')
          .selectAll()
          .orderBy(sql`case when revoked_at is null then 0 else 1 end`)
          .orderBy('granted_at', 'desc')
          .orderBy('id', 'desc')
          .limit(mostListed)
          .execute();
        return rows.map(toStanding);
      }),
    forgetStandingApproval: (id, by) =>
      settle(database, async (tx) => {
        const forgotten = await tx.db
          .updateTable('standing_approvals')
          .set({ revoked_at: tx.at })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returningAll()
          .executeTakeFirst();
        if (forgotten !== undefined) {
          await appendInTransaction(tx, [{ stream: installationStream, type: 'approval.forgotten', actor: by, provenance: null, data: told(forgotten) }]);
          return done(toStanding(forgotten));
        }
        const earlier = await tx.db.selectFrom('standing_approvals').selectAll().where('id', '=', id).executeTakeFirst();
        if (earlier !== undefined) return done(toStanding(earlier));
        return refuse('not-found', `nothing is allowed for always under "${id.slice(0, 80)}"; see: guildhall approvals standing`, { id });
      }),
  };
}

/** Keeps what an approval was asked for as allowed from now on, and answers the events of it: none where one is in force already. */
export async function rememberApproval(tx: WriteTransaction, approval: ApprovalRow, by: string): Promise<readonly NewEvent[]> {
  const { standing_digest: digest, standing_bound: bound } = approval;
  if (digest === null || bound === null) throw new Fault('standing-approval', `the approval ${approval.id} is bound to nothing it could be remembered by`);
  const { agent, tool } = fromStoredJson(approval.action);
  const made = await tx.db
    .insertInto('standing_approvals')
    .values({ id: `always_${approval.id}`, agent, tool, digest, bound, granted_by: by, granted_at: tx.at, revoked_at: null, uses: 0 })
    .onConflict((conflict) => conflict.column('digest').where('revoked_at', 'is', null).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (made === undefined) return [];
  const provenance = fromStoredJson(approval.provenance);
  return [{ stream: installationStream, type: 'approval.remembered', actor: by, provenance, data: told(made) }];
}

type StandingRow = Selectable<Schema['standing_approvals']>;

function told(row: StandingRow) {
  return eventData({ id: row.id, agent: row.agent, tool: row.tool, digest: row.digest, bound: fromStoredJson(row.bound), uses: row.uses });
}

function toStanding(row: StandingRow): StandingApproval {
  return {
    id: row.id,
    agent: row.agent,
    tool: row.tool,
    digest: row.digest,
    bound: fromStoredJson(row.bound),
    grantedBy: row.granted_by,
    grantedAt: row.granted_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    uses: row.uses,
  };
}
