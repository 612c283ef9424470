/** Tasks: read, made, and moved by people. */
import { defaultBoard, type Task } from '@guildhall/board';
import { done, refuse, type Settled, type TaskView } from '@guildhall/protocol';
import type { BoardCaller, BoardOperations } from '../../board-operations.ts';
import type { BoardDeps } from './board-deps.ts';
import { createTask } from './new-task.ts';
import { viewBoard, viewClaimState, viewOne, viewRun, viewTasks } from './views.ts';
import { mayAsk, mayAskOf, whoIs, type Who } from './who-may.ts';

type Moves = 'createTask' | 'changeTask' | 'specifyTask' | 'linkTasks' | 'unlinkTasks' | 'unblockTask' | 'reviewTask' | 'reclaimTask' | 'archiveTask';
type Reads = 'listBoards' | 'createBoard' | 'readBoard' | 'listTasks' | 'readTask' | 'readAttachment';

/** Counting the cards of a column stops here. */
const mostCounted = 10_000;

export function taskOperations(deps: BoardDeps): Pick<BoardOperations, Moves> {
  const { store, credentials } = deps;
  const present = async (task: Settled<Task>, who: Who): Promise<Settled<TaskView>> => (task.ok ? done(await viewOne(deps, task.value, who)) : task);
  /** What a person asks for any task. */
  const ask = async (verb: 'change' | 'specify' | 'review' | 'reclaim' | 'archive', by: BoardCaller, work: (actor: string) => Promise<Settled<Task>>) => {
    const who = whoIs(by, credentials);
    const allowed = mayAsk(who, verb);
    return allowed.ok ? present(await work(who.actor), who) : allowed;
  };
  /** What an agent may ask for tasks it made. */
  const askOf = async (verb: 'link' | 'unblock', id: string, by: BoardCaller, work: (actor: string) => Promise<Settled<Task>>) => {
    const who = whoIs(by, credentials);
    const found = await findTask(deps, id);
    if (!found.ok) return found;
    const allowed = mayAskOf(who, verb, found.value);
    return allowed.ok ? present(await work(who.actor), who) : allowed;
  };
  return {
    createTask: (board, request, by) => createTask(deps, board, request, whoIs(by, credentials)),
    changeTask: (task, change, by) => ask('change', by, (actor) => store.changeTask(task, definedOnly(change), actor)),
    specifyTask: (task, by) => ask('specify', by, (actor) => store.specifyTask(task, actor)),
    linkTasks: (parent, child, by) => askOf('link', child, by, (actor) => store.linkTasks(parent, child, actor)),
    unlinkTasks: (parent, child, by) => askOf('link', child, by, (actor) => store.unlinkTasks(parent, child, actor)),
    unblockTask: (task, reason, by) => askOf('unblock', task, by, (actor) => store.unblockTask(task, reason, actor)),
    reviewTask: (task, verdict, reason, by) => ask('review', by, (actor) => store.reviewTask(task, verdict, reason, actor)),
    reclaimTask: (task, reason, by) => ask('reclaim', by, (actor) => store.reclaimTask(task, reason, actor)),
    archiveTask: (task, by) => ask('archive', by, (actor) => store.archiveTask(task, actor)),
  };
}

export function boardReads(deps: BoardDeps): Pick<BoardOperations, Reads> {
  const { store, credentials } = deps;
  return {
    listBoards: async () => (await store.listBoards()).map(viewBoard),

    async createBoard({ name, title = name, archiveDoneAfterDays = null }, by) {
      const who = whoIs(by, credentials);
      const allowed = mayAsk(who, 'make-board');
      if (!allowed.ok) return allowed;
      const made = await store.createBoard({ name, title, archiveDoneAfterDays }, who.actor);
      return made.ok ? done(viewBoard(made.value)) : made;
    },

    async readBoard(board, perColumn, by) {
      const who = whoIs(by, credentials);
      const found = await store.readColumns(board, perColumn, mostCounted);
      if (!found.ok) return found;
      const shown = await viewTasks(
        deps,
        found.value.columns.flatMap(({ tasks }) => tasks),
        who,
      );
      const byId = new Map(shown.map((task) => [task.id, task]));
      const columns = found.value.columns.map(({ status, count, more, tasks }) => ({
        status,
        count,
        more,
        tasks: tasks.flatMap(({ id }) => byId.get(id) ?? []),
      }));
      return done({ board: viewBoard(found.value.board), columns });
    },

    async listTasks(board, query, by) {
      const who = whoIs(by, credentials);
      if (who.kind === 'holder') return refuse('not-allowed', `a claim is good for its own task alone; read it with GET /v1/tasks/${who.task ?? ''}`);
      if (who.kind === 'lane' && query.assignee !== undefined && query.assignee !== who.lane)
        return refuse('not-allowed', `the lane ${who.lane ?? ''} sees what is assigned to it, not the tasks of ${query.assignee}`);
      const page = await store.listTasks({ ...definedOnly(query), limit: query.limit, board, ...(who.kind === 'lane' ? { assignee: who.lane ?? '' } : {}) });
      return page.ok ? done({ tasks: await viewTasks(deps, page.value.tasks, who), next: page.value.next }) : page;
    },

    async readTask(id, by) {
      const who = whoIs(by, credentials);
      const facts = await store.readTaskDetail(id);
      if (facts === undefined) return noTask(id);
      const allowed = mayAskOf(who, 'read', facts.task);
      if (!allowed.ok) return allowed;
      return done({
        task: await viewOne(deps, facts.task, who),
        runs: facts.runs.map(viewRun),
        links: { parents: [...facts.parents], children: [...facts.children] },
        comments: [...facts.comments],
        attachments: [...facts.attachments],
        claim: facts.claim === null ? null : viewClaimState(facts.claim),
      });
    },

    async readAttachment(task, id, by) {
      const found = await findTask(deps, task);
      if (!found.ok) return found;
      const allowed = mayAskOf(whoIs(by, credentials), 'read', found.value);
      if (!allowed.ok) return allowed;
      const attachment = await store.readAttachment(task, id);
      return attachment === undefined ? refuse('not-found', `${task} has no attachment ${id.slice(0, 80)}`) : done(attachment);
    },
  };
}

async function findTask(deps: BoardDeps, id: string): Promise<Settled<Task>> {
  const task = await deps.store.readTask(id);
  return task === undefined ? noTask(id) : done(task);
}

function noTask(id: string) {
  return refuse('not-found', `there is no task ${id.slice(0, 80)}; see: guildhall kanban list --board ${defaultBoard}`);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Fields that are there only where they say something: absent and undefined mean the same on the wire, not in the store. */
function definedOnly<T extends object>(fields: T): Partial<Defined<T>> {
  const kept: Partial<Defined<T>> = {};
  for (const key in fields) if (fields[key] !== undefined) Object.assign(kept, { [key]: fields[key] });
  return kept;
}
