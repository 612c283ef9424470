/** What turns loaded, and what that is worth today. */
import { staleFence, type Fence, type NewEvent } from '@guildhall/kernel';
import { done, type DriftView, type Settled, type SkillUseView } from '@guildhall/protocol';
import { judgeDrift, type NewEvidence, type SkillStore } from '@guildhall/skills';
import { sql, type Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { SkillEvidenceRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { turnEvent } from '../sessions/turn-event.ts';
import { readRunningTurn } from '../sessions/write-entries.ts';
import { storableText } from '../stored-text.ts';

type EvidenceVerbs = Pick<SkillStore, 'recordEvidence' | 'evidenceOfTurn' | 'readDrift'>;

const mostListed = 1_000;

export function evidenceVerbs(database: Database): EvidenceVerbs {
  return {
    recordEvidence: (fence, evidence) => settle(database, (tx) => record(tx, fence, evidence)),
    evidenceOfTurn: (turnId) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('skill_evidence').selectAll().where('turn_id', '=', turnId).orderBy('at').orderBy('skill').execute();
        return { policyRev: rows[0]?.policy_rev ?? null, uses: rows.map(toUse) };
      }),
    readDrift: (query) => database.read((db) => readDrift(db, query)),
  };
}

async function record(tx: WriteTransaction, fence: Fence, evidence: NewEvidence): Promise<Settled<null>> {
  const turn = await readRunningTurn(tx, fence, evidence.turnId);
  if (!turn.ok) return turn;
  if (turn.value.session_key !== evidence.sessionKey) return staleFence(fence);
  const events: NewEvent[] = [];
  for (const use of evidence.uses.toSorted((a, b) => (a.skill < b.skill ? -1 : 1))) {
    const isNew = await write(tx, fence, evidence, use);
    if (!isNew || use.status !== 'loaded') continue;
    const { skill, tier, version, found, how } = use;
    events.push(turnEvent('skill.loaded', turn.value, { skill, tier, version, hash: found, how, plan: evidence.plan, role: evidence.role }, 'daemon'));
  }
  if (!(await isHeld(tx, fence))) return staleFence(fence);
  await appendInTransaction(tx, events);
  return done(null);
}

/** Does the lease live still, after everything was written? What a lapse kept out must not be answered as recorded. */
async function isHeld(tx: WriteTransaction, fence: Fence): Promise<boolean> {
  const lease = await tx.db.selectFrom('leases').select('name').where('name', '=', fence.lease).where(tx.seam.fenceHolds(fence)).executeTakeFirst();
  return lease !== undefined;
}

/** One row under the lease, in one statement. What was loaded stays; what was not can still be, and what was recommended can turn out to be called for. False when nothing changed. */
async function write(tx: WriteTransaction, fence: Fence, evidence: NewEvidence, use: NewEvidence['uses'][number]): Promise<boolean> {
  const { rows } = await sql<{ skill: string }>`
    insert into skill_evidence (turn_id, skill, session_key, plan, role, policy_rev, tier, status, version, wanted, found, how, at)
    select ${evidence.turnId}, ${use.skill}, ${evidence.sessionKey}, ${evidence.plan}, ${evidence.role}, ${evidence.policyRev}, ${use.tier}, ${use.status},
      ${storableText(use.version)}, ${use.wanted}, ${use.found}, ${use.how}, ${tx.at}
    where ${tx.seam.fenceHolds(fence)}
    on conflict (turn_id, skill) do update set tier = excluded.tier, status = excluded.status, version = excluded.version, wanted = excluded.wanted,
      found = excluded.found, how = excluded.how, at = excluded.at
    where skill_evidence.status <> 'loaded' and (excluded.status = 'loaded' or (excluded.tier = 'triggered' and skill_evidence.tier = 'recommended'))
    returning skill`.execute(tx.db);
  return rows.length > 0;
}

async function readDrift(db: Kysely<Schema>, query: { readonly plan?: string; readonly limit: number }): Promise<readonly DriftView[]> {
  const rows = await db
    .selectFrom('skill_evidence as used')
    .leftJoin('role_runs as run', 'run.turn_id', 'used.turn_id')
    .select(['used.turn_id', 'used.skill', 'used.plan', 'used.role', 'used.policy_rev', 'used.tier', 'used.status', 'used.wanted', 'used.found', 'used.at'])
    .select(['run.id as run', 'run.compliance as compliance'])
    .$if(query.plan !== undefined, (narrowed) => narrowed.where('used.plan', 'is not', null).where('used.plan', '=', query.plan ?? ''))
    .orderBy('used.at', 'desc')
    .orderBy('used.turn_id', 'desc')
    .orderBy('used.skill')
    .limit(Math.max(1, Math.min(query.limit, mostListed)))
    .execute();
  const names = [...new Set(rows.map((row) => row.skill))];
  const skills = names.length === 0 ? [] : await db.selectFrom('skills').select(['name', 'status', 'pinned', 'hash']).where('name', 'in', names).execute();
  const byName = Map.groupBy(skills, (skill) => skill.name);
  return rows.map((row) => ({
    run: row.run ?? '',
    plan: row.plan ?? '',
    role: row.role ?? '',
    turn: row.turn_id,
    at: row.at,
    policyRev: row.policy_rev,
    skill: row.skill,
    tier: row.tier,
    wanted: row.wanted,
    used: row.status === 'loaded' ? row.found : '',
    status: row.status,
    drift: judgeDrift(row, byName.get(row.skill) ?? []),
    compliance: row.compliance ?? 'none',
  }));
}

function toUse(row: SkillEvidenceRow): SkillUseView {
  const { skill, tier, status, version, wanted, found, how, at } = row;
  return { skill, tier, status, version, wanted, found, how, at };
}
