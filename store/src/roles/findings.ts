/** Findings: reported, decided about, asked after, and told to the Lead. How one is mended and looked at again is in `remediation.ts`. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { afterFindingVerb, judgeDisposition, wrongFindingState, type Finding, type FindingVerbs, type NewFinding } from '@guildhall/roles';
import { sql, type Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenFinding } from '../partial-indexes.ts';
import type { FindingRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { findingEvent, holdFinding, takeStep, toFinding, toFindings, writeStep } from './finding-rows.ts';
import { holdPlan, noPlan, planCompleted } from './hold-plan.ts';
import { askToRevalidate, remediationVerbs } from './remediation.ts';

/** Findings of one plan. */
const mostFindings = 2_000;
/** Findings of one turn: a role that reports without end is stopped before it fills the plan. */
const mostOfTurn = 50;

export function findingVerbs(database: Database): FindingVerbs {
  return {
    ...remediationVerbs(database),
    reportFinding: (finding) => settle(database, (tx) => report(tx, finding)),
    disposeFinding: (id, verdict) => settle(database, (tx) => dispose(tx, id, verdict)),
    answerFinding: (id, text, actor) =>
      settle(database, async (tx) => {
        const held = await holdFinding(tx, id);
        if (!held.ok) return held;
        const status = afterFindingVerb(held.value.status, 'answer');
        if (status === undefined) return wrongFindingState(held.value, 'answer');
        const row = await takeStep(tx, held.value, { verb: 'answer', actor, text, set: { status } });
        await appendInTransaction(tx, [findingEvent('finding.answered', row, actor, { answer: storableText(text) })]);
        return done(await toFinding(tx.db, row));
      }),
    findingsToDeliver: (limit) => database.read(async (db) => toFindings(db, await untold(db, limit))),
    markDelivered: (told, turnId) => database.transaction((tx) => markTold(tx, told, turnId)),
    readFinding: (id) =>
      database.read(async (db) => {
        const row = await db.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toFinding(db, row);
      }),
    findingMendedBy: (task) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('findings')
          .selectAll()
          .where(isOpenFinding)
          .where('status', '=', 'accepted')
          .where('task', '=', task)
          .executeTakeFirst();
        return row === undefined ? undefined : toFinding(db, row);
      }),
    listFindings: ({ plan, status, limit }) =>
      database.read(async (db) => {
        let query = db.selectFrom('findings').selectAll().orderBy('reported_at', 'desc').orderBy('id', 'desc').limit(limit);
        if (plan !== undefined) query = query.where('plan', '=', plan);
        if (status !== undefined) query = query.where('status', '=', status);
        return toFindings(db, await query.execute());
      }),
  };
}

async function report(tx: WriteTransaction, finding: NewFinding): Promise<Settled<Finding>> {
  const plan = await holdPlan(tx, finding.plan);
  if (plan === undefined) return noPlan(finding.plan);
  const earlier = await findReported(tx, finding);
  if (earlier !== undefined) return done(await toFinding(tx.db, earlier));
  if (plan.status === 'completed') return planCompleted(plan.id);
  const { count } = await tx.db
    .selectFrom('findings')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('plan', '=', plan.id)
    .executeTakeFirstOrThrow();
  if (count >= mostFindings)
    return refuse('limit-reached', `the plan "${plan.id}" has ${count} findings, which is the most; say the rest in one that is there`, { plan: plan.id });
  const flooded = await refuseFlood(tx, finding.turnId);
  if (flooded !== undefined) return flooded;
  const row = await tx.db.insertInto('findings').values(newRow(finding, tx.at)).returningAll().executeTakeFirstOrThrow();
  await writeStep(tx, { finding: row.id, ordinal: row.steps, verb: 'report', actor: finding.actor, text: '' });
  await appendInTransaction(tx, [findingEvent('finding.reported', row, finding.actor, { reportedBy: row.reported_by, run: row.run })]);
  return done(await toFinding(tx.db, row));
}

/** What the same call of the same turn reported before: a turn that is resumed calls again. */
async function findReported(tx: WriteTransaction, { turnId, callId }: NewFinding): Promise<FindingRow | undefined> {
  if (turnId === null || callId === null) return undefined;
  return tx.db.selectFrom('findings').selectAll().where('turn_id', '=', turnId).where('call_id', '=', callId).executeTakeFirst();
}

async function refuseFlood({ db }: WriteTransaction, turnId: string | null): Promise<Settled<never> | undefined> {
  if (turnId === null) return undefined;
  const { count } = await db
    .selectFrom('findings')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('turn_id', '=', turnId)
    .executeTakeFirstOrThrow();
  if (count < mostOfTurn) return undefined;
  return refuse('limit-reached', `this turn has reported ${count} findings, which is the most; say the rest in your answer, for another turn to look at`, {
    turnId,
  });
}

function newRow(finding: NewFinding, at: number): FindingRow {
  return {
    id: finding.id,
    plan: finding.plan,
    title: storableText(finding.title),
    severity: finding.severity,
    description: storableText(finding.description),
    evidence: toStoredJson(finding.evidence),
    status: 'reported',
    reported_by: finding.reportedBy,
    run: finding.run,
    turn_id: finding.turnId,
    call_id: finding.callId,
    provenance: toStoredJson(finding.provenance),
    assign_to: null,
    round: 0,
    task: null,
    steps: 1,
    stands_since: 1,
    told: 0,
    reported_at: at,
  };
}

async function dispose(tx: WriteTransaction, id: string, verdict: Parameters<FindingVerbs['disposeFinding']>[1]): Promise<Settled<Finding>> {
  const held = await holdFinding(tx, id);
  if (!held.ok) return held;
  const judged = judgeDisposition({ id, status: held.value.status, reportedBy: held.value.reported_by }, verdict);
  if (!judged.ok) return judged;
  const { status, assignTo, revalidateBy } = judged.value;
  const { verb, actor, text, provenance } = verdict;
  const accepted = { assign_to: assignTo, round: held.value.round + 1 };
  const row = await takeStep(tx, held.value, { verb, actor, text, provenance, set: { status, ...(verb === 'accept' ? accepted : {}) } });
  await askToRevalidate(tx, row, revalidateBy);
  const said = storableText(text);
  const event =
    verb === 'ask'
      ? findingEvent('finding.asked', row, actor, { question: said })
      : findingEvent('finding.disposed', row, actor, {
          verb,
          reason: said,
          ...(verb === 'accept' ? { assignTo, revalidateBy: [...revalidateBy], round: row.round } : {}),
        });
  await appendInTransaction(tx, [{ ...event, provenance }]);
  return done(await toFinding(tx.db, row));
}

/**
 * Reported ones whose run is over, so that the Lead hears of all of them at once; and mended ones, before somebody looks again. Plans take turns, and one whose Lead is retired has none: many findings
 * of one plan keep nobody else's from its Lead.
 */
function untold(db: Kysely<Schema>, limit: number): Promise<readonly FindingRow[]> {
  return db
    .selectFrom('findings')
    .innerJoin('plans', 'plans.id', 'findings.plan')
    .leftJoin('role_runs', 'role_runs.id', 'findings.run')
    .selectAll('findings')
    .where(isOpenFinding)
    .where('findings.status', 'in', ['reported', 'remediated'])
    .whereRef('findings.told', '<', 'findings.stands_since')
    .where('plans.status', '=', 'open')
    .where((eb) => eb.or([eb('findings.status', '=', 'remediated'), eb('role_runs.id', 'is', null), eb('role_runs.status', '=', 'finished')]))
    .where(
      sql<boolean>`not exists (select 1 from role_sessions where role_sessions.plan = findings.plan and role_sessions.role = 'lead' and role_sessions.status = 'retired')`,
    )
    .orderBy(sql`row_number() over (partition by findings.plan order by findings.reported_at, findings.id)`)
    .orderBy('findings.reported_at')
    .orderBy('findings.id')
    .limit(limit)
    .execute();
}

async function markTold(tx: WriteTransaction, told: readonly Pick<Finding, 'id' | 'step'>[], turnId: string): Promise<void> {
  const events = [];
  for (const { id, step } of told.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const row = await tx.db
      .updateTable('findings')
      .set({ told: step })
      .where('id', '=', id)
      .where('told', '<', step)
      .where('stands_since', '>=', step)
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) events.push(findingEvent('finding.delivered', row, 'daemon', { step, turnId }));
  }
  if (events.length > 0) await appendInTransaction(tx, events);
}
