/** How an accepted finding is mended: it gets a task for each round, is remediated when that is done (and for the Lead again when it was archived undone), and closed when everybody who must look again has passed it. */
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { findingTransitions, judgeRevalidation, wrongFindingState, type Finding, type FindingVerbs } from '@guildhall/roles';
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
    remediateDone: (limit) => database.transaction((tx) => settleTasks(tx, limit)),
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

/** A task that was done stays so, archived or not, and one that was archived stays archived; so it need not be held. */
async function settleTasks(tx: WriteTransaction, limit: number): Promise<readonly Finding[]> {
  const over = tx.db
    .selectFrom('findings')
    .selectAll('findings')
    .select(wasDone.as('was_done'))
    .where(isOpenFinding)
    .where('findings.status', '=', 'accepted')
    .where(sql<boolean>`exists (select 1 from tasks where tasks.id = findings.task and tasks.status in ('done', 'archived'))`)
    .where(sql<boolean>`exists (select 1 from plans where plans.id = findings.plan and plans.status = 'open')`)
    .orderBy('findings.id');
  const candidates = await over.limit(limit).execute();
  if (candidates.length === 0) return [];
  for (const plan of [...new Set(candidates.map((row) => row.plan))].toSorted()) await holdPlan(tx, plan);
  const ids = candidates.map(({ id }) => id);
  const held = await over.where('findings.id', 'in', ids).modifyEnd(tx.seam.holdRows).execute();
  const rows: FindingRow[] = [];
  const events: NewEvent[] = [];
  for (const { was_done: isMended, ...row } of held) {
    const moved = await endRound(tx, row, isMended === 1);
    rows.push(moved);
    events.push(findingEvent(isMended === 1 ? 'finding.remediated' : 'finding.returned', moved, 'daemon', { round: row.round, task: row.task }));
  }
  await appendInTransaction(tx, events);
  return toFindings(tx.db, rows);
}

const wasDone = sql<number>`(select tasks.was_done from tasks where tasks.id = findings.task)`;

function endRound(tx: WriteTransaction, row: FindingRow, isMended: boolean): Promise<FindingRow> {
  const { remediate, abandon } = findingTransitions.accepted;
  const text = row.task ?? '';
  if (isMended) return takeStep(tx, row, { verb: 'remediate', actor: 'daemon', text, set: { status: remediate } });
  return takeStep(tx, row, { verb: 'abandon', actor: 'daemon', text, set: { status: abandon, task: null } });
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
