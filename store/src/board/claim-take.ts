/** How a lane comes by a task. The lane's row is held first, so that the claims of one lane follow each other and its capacity is counted once. */
import { claimLease, laneActor, laneHolder, mayTake, operatorLane, taskEvent, type ClaimAttempt, type Claimed } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { sql } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { guardHandoff } from '../handoffs/guard-chain.ts';
import { acquireInTransaction } from '../leases.ts';
import { isReadyTask } from '../partial-indexes.ts';
import type { LaneRow, RunRow, TaskRow } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import { fromStoredJson, storableText } from '../stored-text.ts';
import { runFacts } from './claim-fence.ts';
import { isLiveClaim, liveRuns } from './claim-reads.ts';
import { toLane, toRun, toTask } from './rows.ts';

export function claimTask(database: Database, attempt: ClaimAttempt): Promise<Settled<Claimed | null>> {
  return settle(database, async (tx) => {
    // Sent at once: the second counts under the lock that the first takes.
    const [lane, standing] = await Promise.all([greetLane(tx, attempt), readStanding(tx, attempt)]);
    if (lane === undefined)
      return refuse('not-found', `there is no lane "${attempt.lane}"; list them with: guildhall kanban lanes list`, { lane: attempt.lane });
    if (standing.answered !== null) return answerAgain(tx, standing.answered);
    if (!mayTake(toLane(lane), tx.at)) return refuseIdle(lane);
    const held = standing.held ?? 0;
    if (held >= lane.capacity) return refuseFull(lane, held);
    const task = await takeReady(tx, attempt, lane);
    if (task === undefined) return attempt.task === undefined ? done(null) : refuseAsked(tx, lane, attempt.task);
    return beginRun(tx, attempt, lane, task);
  });
}

/** Shows that the lane is there, and holds its row until the transaction ends. */
function greetLane({ db, at }: WriteTransaction, { lane, version }: ClaimAttempt): Promise<LaneRow | undefined> {
  return db
    .updateTable('lanes')
    .set({ last_seen_at: at, ...(version === undefined ? {} : { version: storableText(version) }) })
    .where('name', '=', lane)
    .returningAll()
    .executeTakeFirst();
}

/** The run this request was answered with before, and how many live claims the lane has. */
function readStanding({ db }: WriteTransaction, { lane, requestId }: ClaimAttempt): Promise<{ answered: string | null; held: number | null }> {
  return db
    .selectNoFrom((eb) => [
      eb.selectFrom('runs').select('id').where('lane', '=', lane).where('request_id', '=', requestId).as('answered'),
      liveRuns(db)
        .select(sql<number>`count(*)`.as('held'))
        .where('runs.lane', '=', lane)
        .as('held'),
    ])
    .executeTakeFirstOrThrow();
}

async function answerAgain({ db }: WriteTransaction, runId: string): Promise<Settled<Claimed>> {
  const run = await db.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
  const live = await db
    .selectFrom('tasks')
    .innerJoin('leases', (join) => join.on('leases.name', '=', claimLease(run.task)).on('leases.epoch', '=', run.epoch))
    .selectAll('tasks')
    .select(sql<number>`leases.expires_at - ${leaseNow}`.as('expires_in_ms'))
    .where('tasks.id', '=', run.task)
    .where('tasks.run_id', '=', run.id)
    .where(isLiveClaim)
    .executeTakeFirst();
  if (live === undefined)
    return refuse('stale-claim', `the claim this request got on task ${run.task} is over; ask again with a new request id`, { task: run.task, run: run.id });
  return done({ task: toTask(live), run: toRun(run), expiresInMs: live.expires_in_ms, repeated: true });
}

function refuseIdle({ name, state, parked_reason: reason, parked_until: until }: LaneRow): Settled<never> {
  if (state === 'unregistered') return refuse('wrong-state', `the lane "${name}" is unregistered; register it again`, { lane: name, state });
  if (state === 'drained')
    return refuse('wrong-state', `the lane "${name}" is drained and takes nothing new until somebody resumes it: guildhall kanban lanes resume ${name}`, {
      lane: name,
      state,
    });
  return refuse(
    'wrong-state',
    `the lane "${name}" is parked: ${reason ?? ''}. It takes nothing new ${until === null ? 'until' : `until ${new Date(until).toISOString()}, or until`} somebody resumes it: guildhall kanban lanes resume ${name}`,
    {
      lane: name,
      state: 'parked',
      until,
    },
  );
}

function refuseFull({ name, capacity }: LaneRow, held: number): Settled<never> {
  return refuse('limit-reached', `the lane "${name}" holds ${held} of ${capacity} tasks; finish or release one first`, { lane: name, capacity, held });
}

/** A cancel of the handoff holds the tasks of its tree, so the row that is taken says whether it came before. */
const isNotCalledOff = sql<boolean>`(tasks.handoff is null or not exists (select 1 from handoffs where handoffs.id = tasks.handoff and handoffs.called_off_at is not null))`;

/** Nothing holds the program of a lane to what a chain may not do, whatever the lane was when the task was made. */
const forbidsNothing = sql<boolean>`tasks.provenance like '%"forbidden":[]%'`;

/** Calls of an agent are judged by their chain, and a person decides for themselves. */
function isHeldToChain({ name, runner }: LaneRow): boolean {
  return name === operatorLane || (runner !== null && fromStoredJson(runner).kind === 'agent');
}

/** Makes the next ready task of the lane its own, or the one asked for. */
function takeReady({ db, seam, at }: WriteTransaction, { lane, task, board, runId }: ClaimAttempt, row: LaneRow): Promise<TaskRow | undefined> {
  return db
    .updateTable('tasks')
    .set((eb) => ({ status: 'running', run_id: runId, lane, run_count: eb('run_count', '+', 1), ready_at: null, updated_at: at }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('tasks')
        .select('id')
        .where('assignee', '=', lane)
        .where(isReadyTask)
        .where(isNotCalledOff)
        .$if(!isHeldToChain(row), (query) => query.where(forbidsNothing))
        .$if(task !== undefined, (query) => query.where('id', '=', task ?? ''))
        .$if(board !== undefined, (query) => query.where('board', '=', board ?? ''))
        .orderBy('priority', 'desc')
        .orderBy('ready_at')
        .orderBy('id')
        .limit(1)
        .modifyEnd(task === undefined ? seam.holdFreeRows : seam.holdRows),
    )
    .returningAll()
    .executeTakeFirst();
}

async function refuseAsked(tx: WriteTransaction, row: LaneRow, id: string): Promise<Settled<never>> {
  const lane = row.name;
  const task = await tx.db.selectFrom('tasks').select(['status', 'assignee', 'handoff', 'provenance']).where('id', '=', id).executeTakeFirst();
  if (task === undefined) return refuse('not-found', `there is no task "${id.slice(0, 80)}"`, { task: id });
  if (task.assignee !== lane)
    return refuse('not-allowed', `task ${id} is assigned to ${task.assignee ?? 'nobody'}, not to the lane "${lane}"`, {
      task: id,
      assignee: task.assignee,
      lane,
    });
  const going = await guardHandoff(tx, task.handoff);
  if (!going.ok) return going;
  const { forbidden } = fromStoredJson(task.provenance);
  if (forbidden.length > 0 && !isHeldToChain(row))
    return refuse(
      'not-allowed',
      `the chain of task ${id} may not do ${forbidden.join(', ')}, and nothing holds the lane "${lane}" to that: it is no agent. Assign the task to an agent or to "${operatorLane}"`,
      { task: id, lane, forbidden },
    );
  return refuse('wrong-state', `task ${id} is ${task.status}; only a ready task can be claimed`, { task: id, status: task.status });
}

async function beginRun(tx: WriteTransaction, attempt: ClaimAttempt, lane: LaneRow, task: TaskRow): Promise<Settled<Claimed>> {
  const lease = await acquireInTransaction(tx, claimLease(task.id), laneHolder(lane.name), lane.lease_ms);
  if (!lease.ok) return lease;
  const { epoch } = lease.value;
  const run: RunRow = {
    id: attempt.runId,
    task: task.id,
    board: task.board,
    lane: lane.name,
    epoch,
    attempt: task.run_count,
    request_id: attempt.requestId,
    token_hash: attempt.tokenHashFor(task.id, epoch),
    started_at: tx.at,
    ...freshRun,
  };
  await tx.db.insertInto('runs').values(run).execute();
  const taken = toTask(task);
  await appendInTransaction(tx, [taskEvent('task.claimed', taken, laneActor(lane.name), runFacts(run))]);
  return done({ task: taken, run: toRun(run), expiresInMs: lane.lease_ms, repeated: false });
}

/** Nothing of an earlier run at the task. */
const freshRun = {
  ended_at: null,
  outcome: null,
  summary: '',
  reason: '',
  metadata: '{}',
  artifacts: '[]',
  evidence: '[]',
  last_heartbeat_at: null,
  told_at: null,
  note: '',
  progress: null,
  worker: null,
} as const satisfies Partial<RunRow>;
