/** Tasks in every status, reached the way they are reached. */
import type { Task } from '@guildhall/board';
import type { TaskStatus } from '@guildhall/protocol';
import type { Store } from '../src/index.ts';
import { claim, completion, newLane, newTask, proofOf } from './claim-fixtures.ts';
import { value } from './databases.ts';

export const dayMs = 86_400_000;

type Way = (store: Store) => Promise<string>;

const ways: Readonly<Record<TaskStatus, Way>> = {
  triage: (store) => made(store, { triage: true }),
  todo: async (store) => made(store, { parents: [await made(store)] }),
  scheduled: (store) => made(store, { startAt: Date.now() + 365 * dayMs }),
  ready: (store) => made(store),
  running: async (store) => (await claimed(store)).task.id,
  async blocked(store) {
    const id = await made(store);
    value(await store.board.blockTask(id, { kind: 'needs_input', reason: 'which apples?', dependsOn: [], retryAfterMs: null }, 'operator'));
    return id;
  },
  async review(store) {
    const held = await claimed(store);
    return value(await store.board.completeClaim(proofOf(held), { ...completion, review: true })).id;
  },
  done: async (store) => finished(store),
  async archived(store) {
    const id = await finished(store);
    return value(await store.board.archiveTask(id, 'operator')).id;
  },
};

export async function taskIn(store: Store, status: TaskStatus): Promise<Task> {
  const id = await ways[status](store);
  const task = await store.board.readTask(id);
  if (task?.status !== status) throw new Error(`the task became ${task?.status ?? 'nothing'}, not ${status}`);
  return task;
}

export async function made(store: Store, changes: Parameters<typeof newTask>[0] = {}): Promise<string> {
  return value(await store.board.createTask(newTask(changes))).task.id;
}

/** A task of a lane of its own, and the claim on it. */
export async function claimed(store: Store, changes: Parameters<typeof newTask>[0] = {}) {
  const lane = value(await store.board.registerLane(newLane(), 'operator'));
  await made(store, { assignee: lane.name, ...changes });
  return claim(store, lane.name);
}

/** Claims a ready task, whoever it is for, and completes it. */
export async function finish(store: Store, task: string): Promise<Task> {
  const lane = value(await store.board.registerLane(newLane(), 'operator'));
  value(await store.board.changeTask(task, { assignee: lane.name }, 'operator'));
  return value(await store.board.completeClaim(proofOf(await claim(store, lane.name, { task })), completion));
}

async function finished(store: Store): Promise<string> {
  return (await finish(store, await made(store))).id;
}

export async function statusOf(store: Store, id: string): Promise<TaskStatus | undefined> {
  return (await store.board.readTask(id))?.status;
}

/** The events of a board about one task, oldest first: `type status`. */
export async function eventsOf(store: Store, task: string, board = 'default'): Promise<readonly string[]> {
  const told: string[] = [];
  for (let after = ''; ;) {
    const page = value(await store.journal.readEvents({ after, stream: `board:${board}`, limit: 1_000 }));
    for (const { type, data } of page.events) if (data?.['task'] === task) told.push(`${type} ${String(data['status'])}`);
    const last = page.events.at(-1);
    if (last === undefined) return told;
    after = last.cursor;
  }
}
