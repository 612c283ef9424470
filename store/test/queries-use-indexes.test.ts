/** What runs all the time must not grow with the history: on SQLite no hot query walks a table that only grows. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { claimed, finish, made } from './board-fixtures.ts';
import { attempt, claim, completion, newLane, newTask, proofOf } from './claim-fixtures.ts';
import { ids, sqliteDatabase, value, type TestDatabase } from './databases.ts';
import { begin, due, hour, newSchedule } from './schedule-fixtures.ts';
import { accepting, asked, newPlan, reported, settled, withTask } from './finding-fixtures.ts';
import { approved, breaker, edit, made as handedOver, newNotice, start, succeeded as handoffSucceeded, worked } from './handoff-fixtures.ts';
import { answerNext, by, newRun, openedRole, retiring, succeeded } from './role-fixtures.ts';
import { beginTurn, call, newSession, reply, request, result, usage } from './session-fixtures.ts';

/** Tables whose rows stay for ever. */
const growing = `turns entries events event_bodies outbound decisions approvals reservations sessions leases
  tasks task_links task_terms runs task_comments attachments attachment_contents imported_tasks schedule_occurrences
  findings finding_steps finding_revalidations role_runs role_sessions role_incarnations plan_packets plan_waivers artifacts
  handoffs handoff_decisions handoff_summaries`.split(/\s+/);

/** What a query calls one of these. */
const aliases = ['parents', 'other', 'ended', 'mine', 'next', 'newest', 'below'];

/** Indexes of the few rows that are still open; walking one of them is what it is for. */
const small = `turns_open turns_open_children turns_single_flight outbound_due outbound_unfinished approvals_open reservations_open
  tasks_ready tasks_ready_on_board tasks_longest_ready tasks_waking tasks_open runs_open runs_open_task schedule_occurrences_open
  findings_open role_runs_open handoffs_open`.split(/\s+/);

function isWalk(step: string): boolean {
  const [, table = '', index = ''] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(step) ?? [];
  return [...growing, ...aliases].includes(table) && !small.includes(index);
}

const opened: TestDatabase[] = [];
afterAll(async () => {
  for (const database of opened) await database.dispose();
});

function newDatabase(): TestDatabase {
  const database = sqliteDatabase();
  opened.push(database);
  return database;
}

/** The statements prepared while `work` runs. */
async function statementsOf(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const prepared = new Set<string>();
  const original = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function prepare(...given) {
    prepared.add(given[0]);
    return original.apply(this, given);
  };
  try {
    await work();
  } finally {
    DatabaseSync.prototype.prepare = original;
  }
  return prepared;
}

/** The statements that walk a table that only grows, each with the step that does. */
function walksIn({ place }: TestDatabase, statements: ReadonlySet<string>): readonly string[] {
  if (place.kind !== 'sqlite') throw new Error('not a file');
  const reader = new DatabaseSync(place.file);
  reader.function('lease_now', () => 0n);
  const walks = [...statements]
    // The plan of an insert names scans for references, which run only when a reference is broken.
    .filter((sql) => /^(select|update|delete|with)/i.test(sql.trim()))
    .flatMap((sql) => {
      const steps = reader
        .prepare(`explain query plan ${sql}`)
        .all()
        .map((row) => String(row['detail']));
      return steps.filter(isWalk).map((step) => `${step}: ${sql}`);
    });
  reader.close();
  return walks;
}

test('a whole turn, its delivery and the flows around it', async () => {
  const database = newDatabase();
  const store = await database.open();
  const prepared = await statementsOf(() => playTurn(store));
  expect(prepared.size).toBeGreaterThan(40);
  expect(walksIn(database, prepared)).toEqual([]);
});

test('the board: tasks, links, claims, lanes and everything read of them', async () => {
  const database = newDatabase();
  const store = await database.open();
  const prepared = await statementsOf(async () => {
    await playTasks(database, store);
    await playClaims(database, store);
    await playReads(store);
  });
  expect(prepared.size).toBeGreaterThan(80);
  expect(walksIn(database, prepared)).toEqual([]);
});

test('schedules: what is due, what it becomes and how it ends', async () => {
  const database = newDatabase();
  const store = await database.open();
  const prepared = await statementsOf(() => playSchedules(store));
  expect(prepared.size).toBeGreaterThan(20);
  expect(walksIn(database, prepared)).toEqual([]);
});

async function playSchedules({ schedules, sessions }: Store): Promise<void> {
  const { name } = value(await schedules.createSchedule(newSchedule({ deliverTo: { platform: 'telegram', chat: '7' } })));
  await schedules.dueSchedules(begin, 10);
  value(await schedules.skipOccurrences(name, { from: begin, dueAt: begin, count: 1, nextAt: begin + hour, reason: 'x' }));
  value(await schedules.fireOccurrence(name, due(name, 1, { failed: 'x' })));
  const occurrence = due(name, 2);
  value(await schedules.fireOccurrence(name, occurrence));
  const { turn, fence } = value(await sessions.beginTurn(occurrence.message.sessionKey, 'node:test', 60_000));
  value(await sessions.finishTurn(fence, turn.id, { text: 'x', usage }, null));
  await schedules.unsettledOccurrences(10);
  value(await schedules.settleOccurrence(name, occurrence.dueAt, { status: 'succeeded', reason: '', deliver: 'x', pauseAfter: 5 }));
  await schedules.listSchedules();
  value(await schedules.removeSchedule(name, 'operator'));
}

test('a plan: its findings from report to closing, and its completion', async () => {
  const database = newDatabase();
  const store = await database.open();
  const prepared = await statementsOf(() => playFindings(store));
  expect(prepared.size).toBeGreaterThan(40);
  expect(walksIn(database, prepared)).toEqual([]);
});

test('a role: opened, asked, retired, opened again, begun anew, and everything read of it', async () => {
  const database = newDatabase();
  const store = await database.open();
  const prepared = await statementsOf(() => playRole(store));
  expect(prepared.size).toBeGreaterThan(60);
  expect(walksIn(database, prepared)).toEqual([]);
});

test('handoffs: requested, asked about, started, called off, and everything read of them', async () => {
  const database = newDatabase();
  const store = await database.open();
  const prepared = await statementsOf(() => playHandoffs(store));
  expect(prepared.size).toBeGreaterThan(60);
  expect(walksIn(database, prepared)).toEqual([]);
});

async function playHandoffs(store: Store): Promise<void> {
  const { handoffs, approvals } = store;
  const reservation = { limits: [{ scope: 'edge:a b', window: '2026-11-21', microUsd: 9_000 }], amount: { microUsd: 5, tokens: 0 } };
  const edge = { source: 'a', target: 'b', reservation };
  const waiting = await handedOver(store, { ...edge, mustAsk: true });
  await handoffs.answeredHandoffs(10);
  value(await edit(store, waiting, { task: 'another' }));
  await approvals.expireApprovals();
  value(await handoffs.cancelHandoff(waiting.id, 'operator', 'x'));
  const queued = await approved(store, await handedOver(store, { ...edge, mustAsk: true, dedupKey: 'k' }));
  await handedOver(store, { ...edge, dedupKey: 'k' });
  await handoffs.queuedHandoffs(10);
  value(await handoffs.pauseHandoff(queued.id, 'x'));
  value(await handoffs.resumeHandoff(queued.id, newNotice(), 'operator'));
  const running = value(await start(store, queued));
  await handoffs.noteProgress(running.id, 'x');
  await worked(store, running);
  await handoffs.endedHandoffs(10);
  value(await handoffs.settleHandoff(running.id, handoffSucceeded, breaker));
  await handoffs.costOf(running.id);
  await handoffs.decisionsOf(running.id);
  await handoffs.listHandoffs({ open: true, limit: 10 });
  await handoffs.listHandoffs({ sourceTurn: 'x', limit: 10 });
  await handoffs.dueSummaries(10);
}

async function playTurn({ sessions, approvals, budgets, journal, idempotency }: Store): Promise<void> {
  const key = newSession();
  const held = await beginTurn(sessions, key);
  const { fence, turn } = held;
  value(await sessions.renewTurn(fence, turn.id, 60_000));
  value(await sessions.acceptMessage(request(key, { busy: 'steer' })));
  value(await sessions.absorbSteers(fence, turn.id));
  value(await sessions.recordStep(fence, turn.id, { text: '', toolCalls: [], usage }));
  value(await sessions.startToolCall(fence, turn.id, call('c')));
  value(await sessions.finishToolCall(fence, turn.id, result('c')));
  value(await budgets.reserveBudget('r', [{ scope: 's', window: 'always', tokens: 100 }], { microUsd: 1, tokens: 1 }));
  await budgets.settleBudget('r', { microUsd: 1, tokens: 1 });
  await sessions.readContext(key);
  const outbound = reply();
  value(await sessions.finishTurn(fence, turn.id, { text: 'x', usage }, outbound));
  await sessions.dueOutbound(['telegram'], 5);
  value(await sessions.beginSend(outbound.id));
  value(await sessions.settleSend(outbound.id, { as: 'sent' }));
  await sessions.recoverOutbound([]);
  await sessions.runnableSessions(10);
  await sessions.countOpenChildren(turn.id);
  await sessions.listTurns({ active: true, limit: 5 });
  await approvals.expireApprovals();
  await journal.readEvents({ after: '', limit: 5 });
  await journal.readEvents({ after: '', stream: `session:${key}`, limit: 5 });
  await idempotency.begin('k', 'c', 'd');
}

async function playTasks(database: TestDatabase, store: Store): Promise<void> {
  const { board } = store;
  value(await board.createBoard({ name: 'tidy', title: 'Tidy', archiveDoneAfterDays: 1 }, 'operator'));
  const parent = await made(store, { idempotencyKey: 'k', labels: ['x'] });
  const child = await made(store, { parents: [parent], triage: true });
  value(await board.specifyTask(child, 'operator'));
  value(await board.changeTask(child, { title: 'New words', startAt: 1 }, 'operator'));
  const other = await made(store);
  value(await board.linkTasks(other, child, 'operator'));
  value(await board.unlinkTasks(other, child, 'operator'));
  value(await board.blockTask(child, { kind: 'dependency', reason: 'x', dependsOn: [other], retryAfterMs: null }, 'operator'));
  value(await board.unblockTask(child, 'x', 'operator'));
  value(await board.commentTask(child, { id: ids.next('comment'), author: 'operator', text: 'x' }));
  value(await board.attachToTask(child, { id: ids.next('att'), name: 'a', mediaType: 'b', content: '', bytes: 0, sha256: 's', author: 'operator' }));
  value(await board.annotateTask(child, { a: 1 }, 'operator'));
  await finish(store, parent);
  await made(store, { startAt: Date.now() + 500 });
  await database.advance(86_400_001);
  await board.wakeDueTasks(10);
  await finish(store, await made(store, { board: 'tidy' }));
  await database.advance(86_400_001);
  await board.archiveOldTasks(10);
  value(await board.archiveTask(await made(store), 'operator'));
  value(await board.importTasks('tidy', { format: 'x', tasks: [], links: [] }, 'operator'));
}

async function playClaims(database: TestDatabase, store: Store): Promise<void> {
  const { board } = store;
  const held = await claimed(store, { review: 'required' });
  const proof = proofOf(held);
  value(await board.renewClaim(proof, { note: 'x' }));
  value(await board.commentClaim(proof, { id: ids.next('comment'), author: 'lane:x', text: 'x' }));
  await board.findClaim(proof.tokenHash);
  await board.liveClaims();
  value(await board.completeClaim(proof, completion));
  value(await board.reviewTask(held.task.id, 'return', 'x', 'operator'));
  value(await board.releaseClaim(proofOf(await claim(store, held.run.lane)), 'x'));
  value(await board.claimTask(attempt(held.run.lane, { board: 'default' })));
  value(await board.reclaimTask(held.task.id, 'x', 'operator'));
  await claim(store, held.run.lane, { task: held.task.id });
  await database.advance(86_400_000);
  await board.reclaimLapsed(10);
  const lane = value(await board.registerLane(newLane(), 'operator')).name;
  value(await board.parkLane(lane, 'x', 1, 'operator'));
  await board.touchLanes([lane]);
  value(await board.unregisterLane(lane, 'operator'));
}

async function playReads({ board }: Store): Promise<void> {
  const task = value(await board.createTask(newTask({ assignee: 'operator', labels: ['x'] }))).task.id;
  await board.readTask(task);
  await board.readTaskDetail(task);
  for (const filter of [
    {},
    { status: 'ready' as const },
    { assignee: 'operator' },
    { label: 'x' },
    { q: 'count apples' },
    { label: 'x', q: 'count', status: 'ready' as const },
  ])
    value(await board.listTasks({ board: 'default', limit: 5, ...filter, after: 'task_z' }));
  value(await board.readColumns('default', 5, 100));
  await board.countTasks(100);
  await board.findImported('default', 'x', ['a']);
  await board.readAttachment(task, 'a');
  await board.listLanes();
  await board.readLane('operator');
  await board.findLanes(['operator']);
  await board.lanesWithWork(['operator'], 3);
  await board.longestWaits(5);
  await board.deadTasks(5);
}

async function playFindings(store: Store): Promise<void> {
  const { roles } = store;
  const plan = await newPlan(store);
  const run = await asked(store, plan, 'validator');
  const { id } = await reported(store, plan, { run, turnId: 'turn_1', callId: 'call_1' });
  await settled(store, run, 'succeeded');
  await roles.markDelivered(await roles.findingsToDeliver(10), 'turn_2');
  value(await roles.disposeFinding(id, { ...accepting, verb: 'ask', text: 'why?' }));
  value(await roles.answerFinding(id, 'so', 'operator'));
  value(await roles.disposeFinding(id, accepting));
  for (const finding of await roles.findingsWithoutTask(10)) await withTask(store, finding);
  await roles.remediateDone(10);
  value(await roles.revalidateFinding(id, { role: 'validator', passed: true, text: 'so', actor: 'operator' }));
  await roles.readFinding(id);
  await roles.listFindings({ plan, limit: 10 });
  await roles.listFindings({ plan, status: 'closed', limit: 10 });
  await roles.blockersOf(plan);
  value(await roles.completePlan(plan, [], 'operator'));
}

async function playRole(store: Store): Promise<void> {
  const { plan, role, sessionKey } = await openedRole(store);
  const runs = [newRun({ plan, role }), newRun({ plan, role }, { ownSession: true })];
  for (const run of runs) value(await store.roles.invokeRole(run));
  await answerNext(store, sessionKey);
  await store.roles.unsettledRuns(10);
  const artifact = { id: ids.next('art'), path: 'a', sha256: 'x', bytes: 1, mediaType: 'text/plain', content: 'YQ==' };
  value(await store.roles.settleRun(runs[0]?.id ?? '', { ...succeeded, artifacts: [artifact] }));
  value(await store.roles.rotateRole(plan, role, { ...by, brief: 'so far' }));
  value(await store.roles.retireRole(plan, role, retiring));
  value(await store.roles.reopenRole(plan, role, by));
  value(await store.roles.assignRole(plan, role, 'other'));
  const unanswered = newRun({ plan, role }, { turn: null });
  value(await store.roles.invokeRole(unanswered));
  value(await store.roles.answerRun(unanswered.id, { text: 'done', outcome: 'succeeded', turnId: ids.next('turn'), actor: 'operator' }));
  value(await store.roles.changePlan(plan, { packet: 'another' }, 'operator'));
  await store.roles.readPackets(plan);
  await store.roles.readRole(plan, role);
  await store.roles.listRoles({ plan, limit: 10 });
  await store.roles.incarnationsOf(plan, role);
  await store.roles.listPlans({ after: plan, limit: 10 });
  await store.roles.listRuns({ plan, role, limit: 10 });
  await store.roles.runOfTurn(runs[0]?.turn?.turnId ?? '');
  await store.roles.artifactsOf({ plan, run: runs[0]?.id ?? '', limit: 10 });
  await store.roles.readArtifact(artifact.id);
}
