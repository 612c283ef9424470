/** The board looks itself over: what is dead is told once and counted, and a run is quiet from when it last said something new. */
import { Fault, type FindingView } from '@guildhall/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attempt, laneWithTask, newTask, proofOf } from '../../store/test/claim-fixtures.ts';
import { sqliteDatabase, value, type TestDatabase } from '../../store/test/databases.ts';
import type { Store } from '@guildhall/store';
import { deadTaskIsTold, type BoardCheck } from '../src/flows/dead-task-is-told.ts';
import { turnMark } from '../src/flows/task-opens-turn.ts';
import { createBoardHealth, describeExamination } from '../src/operations/board-health.ts';
import { createRunProgress } from '../src/run-progress.ts';
import { eventually } from './http-open-door.ts';

let database: TestDatabase;
let store: Store;
const checks: BoardCheck[] = [];

beforeAll(async () => {
  database = sqliteDatabase();
  store = await database.open();
});

afterEach(async () => {
  for (const check of checks.splice(0)) await check.stop();
});

afterAll(() => database.dispose());

function healthOf() {
  const progress = createRunProgress(database.clock);
  return { progress, health: createBoardHealth({ store: store.board, waiting: { countWaiting: () => 0 }, progress, clock: database.clock }) };
}

describe('the look over the board', () => {
  it('finds nothing dead on a board where all gets on', async () => {
    value(await store.board.createTask(newTask({ assignee: 'operator' })));
    const examined = await healthOf().health.examine();
    expect(examined.dead).toEqual([]);
    expect(describeExamination(examined)).toMatchObject([{ subject: 'board', ok: true }]);
  });

  it('tells a dead task once, however often it is seen, and remembers how many there are', async () => {
    const { task } = value(await store.board.createTask(newTask({ title: 'Forgotten' })));
    await database.raw(`update tasks set status = 'todo', ready_at = null where id = '${task.id}'`);
    const told: unknown[] = [];
    let rounds = 0;
    const { health } = healthOf();
    const counted = { examine: () => ((rounds += 1), health.examine()) };
    const hasty = { ...database.clock, sleep: (ms: number, signal?: AbortSignal) => database.clock.sleep(Math.min(ms, 5), signal) };
    const check = deadTaskIsTold({ health: counted, clock: hasty, onFault: (error) => void told.push(error) });
    checks.push(check);
    await eventually(() => rounds > 3, 20_000);
    expect(check.last()).toMatchObject({ dead: 1 });
    expect(told).toHaveLength(1);
    expect(told[0]).toBeInstanceOf(Fault);
    expect(String(told[0])).toContain(task.id);
    expect(describeExamination(await health.examine())[0]).toMatchObject({
      level: 'problem',
      message: expect.stringContaining('Forgotten'),
      remedy: `guildhall why ${task.id}`,
    });
    await database.raw(`update tasks set status = 'ready', ready_at = 0 where id = '${task.id}'`);
    await eventually(() => check.last()?.dead === 0, 20_000);
  });

  it('raises the alarm for what is stranded, from the store to the words', async () => {
    value(await store.board.createTask(newTask({ title: 'Wait for Godot', assignee: 'godot' })));
    await database.advance(11 * 60_000);
    const { alarms } = await healthOf().health.examine();
    expect(alarms.find(({ message }) => message.includes('godot'))).toMatchObject({
      subject: 'stranded',
      remedy: 'guildhall kanban lanes register godot --kind persistent',
    });
  });

  it('names a claim that nobody took back when its time was over', async () => {
    const { lane, task } = await laneWithTask(store);
    value(await store.board.claimTask(attempt(lane)));
    const { health } = healthOf();
    const isNamed = async () => (await health.examine()).alarms.some(({ subject, message }) => subject === 'zombie' && message.includes(task));
    expect(await isNamed()).toBe(false);
    await database.advance(120_000);
    expect(await isNamed()).toBe(true);
    expect((await health.why(task, { draining: false, whyTurn: async () => [], ofChain: async () => [] }))?.[0]).toMatchObject({
      remedy: `guildhall kanban reclaim ${task}`,
    });
    await store.board.reclaimLapsed(10);
    expect(await isNamed()).toBe(false);
  });
});

describe('why a task that runs does not get on', () => {
  it('is asked of the turn behind the run', async () => {
    const { lane, task } = await laneWithTask(store);
    const claimed = value(await store.board.claimTask(attempt(lane)));
    if (claimed === null) throw new Error('nothing was claimed');
    const mark = turnMark('turn_7');
    value(await store.board.recordWorker(proofOf(claimed), { pid: 0, mark, startedAt: database.clock.now() }));
    const asked: string[] = [];
    const approval: FindingView = { subject: 'approval', ok: false, level: 'warning', message: 'it waits for your yes or no' };
    const whyTurn = async (turn: string) => {
      asked.push(turn);
      return [approval];
    };
    const findings = await healthOf().health.why(task, { draining: false, whyTurn, ofChain: async () => [] });
    expect(asked).toEqual(['turn_7']);
    expect(findings?.[0]).toEqual(approval);
  });

  it('is said first of those that go before it in its lane', async () => {
    const { lane } = await laneWithTask(store, { task: { priority: 5 } });
    await store.board.touchLanes([lane]);
    const { task } = value(await store.board.createTask(newTask({ assignee: lane })));
    const why = await healthOf().health.why(task.id, { draining: false, whyTurn: async () => [], ofChain: async () => [] });
    expect(why?.[0]).toMatchObject({ subject: 'queue', message: expect.stringContaining('1 ready tasks') });
  });
});

describe('a run', () => {
  it('is quiet from its beginning, or from when it last said something new', async () => {
    const { lane } = await laneWithTask(store);
    const claimed = value(await store.board.claimTask(attempt(lane)));
    if (claimed === null) throw new Error('nothing was claimed');
    const { progress } = healthOf();
    const silent = claimed.run;
    progress.look([silent]);
    expect(progress.quietSince(silent)).toBe(silent.startedAt);
    const talking = { ...silent, note: 'half way' };
    await database.advance(60_000);
    progress.look([talking]);
    const since = progress.quietSince(talking);
    expect(since).toBeGreaterThanOrEqual(silent.startedAt + 60_000);
    await database.advance(60_000);
    progress.look([talking]);
    expect(progress.quietSince(talking)).toBe(since);
  });
});
