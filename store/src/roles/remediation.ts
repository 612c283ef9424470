/** How an accepted finding is mended: it gets a task for each round, is remediated when that is done, and closed when everybody who must look again has passed it. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { afterFindingVerb, judgeRevalidation, wrongFindingState, type Finding, type FindingVerbs } from '@guildhall/roles';
import { sql } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenFinding } from '../partial-indexes.ts';
import type { FindingRow } from '../role-schema.ts';
import { findingEvent, holdFinding, takeStep, toFinding, toFindings } from './finding-rows.ts';
import { holdPlan } from './hold-plan.ts';

type RemediationVerbs = Pick<FindingVerbs, 'findingsWithoutTask' | 'linkRemediation' | 'remediateDone' | 'revalidateFinding'>;

export function remediationVerbs(database: Database): RemediationVerbs {
  return {
    findingsWithoutTask: (limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('findings')
          .innerJoin('plans', 'plans.id', 'findings.plan')
          .selectAll('findings')
          .where(isOpenFinding)
          .where('findings.status', '=', 'accepted')
          .where('findings.task', 'is', null)
          .where('plans.status', '=', 'open')
          .orderBy('findings.id')
          .limit(limit)
          .execute();
        return toFindings(db, rows);
      }),
    linkRemediation: (id, round, task) => settle(database, (tx) => link(tx, id, round, task)),
    remediateDone: (limit) => database.transaction((tx) => remediate(tx, limit)),
    revalidateFinding: (id, verdict) => settle(database, (tx) => revalidate(tx, id, verdict)),
  };
}

/** Those who must look at it again in the present round. */
export async function askToRevalidate(tx: WriteTransaction, { id, round }: FindingRow, roles: readonly string[]): Promise<void> {
  if (roles.length === 0) return;
  await tx.db
    .insertInto('finding_revalidations')
    .values(roles.map((role) => ({ finding: id, round, role, verdict: 'pending' as const, at: null })))
    .execute();
}

async function link(tx: WriteTransaction, id: string, round: number, task: string): Promise<Settled<Finding>> {
  const held = await holdFinding(tx, id);
  if (!held.ok) return held;
  if (held.value.round === round && held.value.task === task) return done(await toFinding(tx.db, held.value));
  if (held.value.status !== 'accepted' || held.value.round !== round) return wrongFindingState(held.value, 'link');
  if (held.value.task !== null)
    return refuse('wrong-state', `the finding ${id} is mended by the task ${held.value.task} in round ${round} already`, {
      finding: id,
      round,
      task: held.value.task,
    });
  const found = await tx.db.selectFrom('tasks').select('id').where('id', '=', task).executeTakeFirst();
  if (found === undefined) return refuse('not-found', `there is no task "${task.slice(0, 80)}" to mend the finding ${id}`, { finding: id, task });
  const row = await takeStep(tx, held.value, { verb: 'assign', actor: 'daemon', text: task, set: { task } });
  await appendInTransaction(tx, [findingEvent('finding.assigned', row, 'daemon', { round, task, assignTo: row.assign_to })]);
  return done(await toFinding(tx.db, row));
}

/** A task that was done stays so, archived or not; so it need not be held. */
async function remediate(tx: WriteTransaction, limit: number): Promise<readonly Finding[]> {
  const mended = tx.db
    .selectFrom('findings')
    .selectAll('findings')
    .where(isOpenFinding)
    .where('findings.status', '=', 'accepted')
    .where(sql<boolean>`exists (select 1 from tasks where tasks.id = findings.task and tasks.was_done = 1)`)
    .where(sql<boolean>`exists (select 1 from plans where plans.id = findings.plan and plans.status = 'open')`);
  const candidates = await mended.orderBy('findings.id').limit(limit).execute();
  if (candidates.length === 0) return [];
  for (const plan of [...new Set(candidates.map((row) => row.plan))].toSorted()) await holdPlan(tx, plan);
  const ids = candidates.map(({ id }) => id);
  const held = await mended.where('findings.id', 'in', ids).orderBy('findings.id').modifyEnd(tx.seam.holdRows).execute();
  const rows = [];
  for (const row of held) {
    const status = afterFindingVerb(row.status, 'remediate');
    if (status !== undefined) rows.push(await takeStep(tx, row, { verb: 'remediate', actor: 'daemon', text: row.task ?? '', set: { status } }));
  }
  if (rows.length > 0)
    await appendInTransaction(
      tx,
      rows.map((row) => findingEvent('finding.remediated', row, 'daemon', { round: row.round, task: row.task })),
    );
  return toFindings(tx.db, rows);
}

async function revalidate(tx: WriteTransaction, id: string, verdict: Parameters<FindingVerbs['revalidateFinding']>[1]): Promise<Settled<Finding>> {
  const held = await holdFinding(tx, id);
  if (!held.ok) return held;
  const { round } = held.value;
  const before = await toFinding(tx.db, held.value);
  const judged = judgeRevalidation(before, verdict);
  if (!judged.ok) return judged;
  const status = judged.value;
  const { role, passed, actor, text } = verdict;
  await tx.db
    .updateTable('finding_revalidations')
    .set({ verdict: passed ? 'passed' : 'failed', at: tx.at })
    .where('finding', '=', id)
    .where('round', '=', round)
    .where('role', '=', role)
    .execute();
  const anew = passed ? {} : { round: round + 1, task: null };
  const set = status === undefined ? {} : { status, ...anew };
  const row = await takeStep(tx, held.value, { verb: passed ? 'pass' : 'fail', actor, text, set });
  if (!passed) {
    const roles = before.revalidation.map((each) => each.role);
    await askToRevalidate(tx, row, roles);
  }
  await appendInTransaction(tx, [
    findingEvent('finding.revalidated', row, actor, { role, passed, round }),
    ...(row.status === 'closed' ? [findingEvent('finding.closed', row, actor, { round })] : []),
  ]);
  return done(await toFinding(tx.db, row));
}
