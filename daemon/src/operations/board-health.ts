/** What is wrong with the board, and why a task or a lane does not get on: the facts are gathered here, `board` judges them. */
import {
  explainLane,
  explainTask,
  findAlarms,
  worstParent,
  type BoardStore,
  type Hold,
  type LaneSituation,
  type Run,
  type Task,
  type TaskFacts,
  type TaskSituation,
} from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';
import type { FindingView, Provenance } from '@guildhall/protocol';
import { turnMark } from '../flows/task-opens-turn.ts';
import type { RunProgress } from '../run-progress.ts';
import type { WaitingClaims } from '../waiting-claims.ts';

export interface BoardHealthDeps {
  readonly store: Pick<BoardStore, 'readTaskDetail' | 'readLane' | 'listLanes' | 'liveClaims' | 'listTasks' | 'longestWaits' | 'deadTasks'>;
  readonly waiting: Pick<WaitingClaims, 'countWaiting'>;
  readonly progress: RunProgress;
  readonly clock: Clock;
}

export interface BoardHealth {
  examine(): Promise<BoardExamination>;
  /** Undefined when there is no task or lane of that name. */
  why(id: string, asking: Asking): Promise<readonly FindingView[] | undefined>;
}

export interface BoardExamination {
  /** Open tasks that nothing will ever move; more than `mostDead` are not counted. */
  readonly dead: readonly { readonly task: Task; readonly why: string }[];
  readonly alarms: readonly FindingView[];
}

interface Asking {
  readonly draining: boolean;
  /** What a turn waits for. */
  readonly whyTurn: (turn: string) => Promise<readonly FindingView[]>;
  /** Within whose handoff a task was made. */
  readonly ofChain: (provenance: Provenance) => Promise<readonly FindingView[]>;
}

const mostDead = 1_000;
/** Assignees whose longest wait is looked at. */
const mostWaits = 200;
/** Ready tasks of one lane among which the place of a task is found. */
const mostAhead = 500;
/** A longer chain of tasks is followed no further. */
const longestWalk = 50;

export function createBoardHealth(deps: BoardHealthDeps): BoardHealth {
  return {
    examine: () => examine(deps),
    async why(id, asking) {
      const facts = await deps.store.readTaskDetail(id);
      if (facts !== undefined) {
        const found = explainTask(await situationOf(deps, facts, asking, new Set()), { now: deps.clock.now(), draining: asking.draining });
        return [...found, ...(await asking.ofChain(facts.task.provenance))];
      }
      const lane = await laneSituation(deps, id);
      return lane.counts === undefined ? undefined : explainLane(lane, deps.clock.now());
    },
  };
}

/** For the doctor. */
export function describeExamination({ dead, alarms }: BoardExamination): readonly FindingView[] {
  const found = [
    ...dead.map(({ task, why }): FindingView => ({
      subject: 'board',
      ok: false,
      level: 'problem',
      message: `nothing will ever move ${task.id}, ${task.title}: ${why}`,
      remedy: `guildhall why ${task.id}`,
    })),
    ...alarms,
  ];
  return found.length > 0 ? found : [{ subject: 'board', ok: true, level: 'ok', message: 'every open task gets on, or waits for somebody or something named' }];
}

async function examine({ store, waiting, progress, clock }: BoardHealthDeps): Promise<BoardExamination> {
  const [all, waits, holds, lanes] = await Promise.all([store.deadTasks(mostDead), store.longestWaits(mostWaits), store.liveClaims(), store.listLanes()]);
  progress.look(holds.map(({ run }) => run));
  const byLane = Map.groupBy(holds, ({ run }) => run.lane);
  const counts = new Map(lanes.map((lane) => [lane.lane.name, lane]));
  // A claim that has lapsed a moment ago is about to be taken back; the dead ones have had that time.
  const lapsed = all.filter(({ task }) => task.status === 'running');
  const alarms = findAlarms({
    now: clock.now(),
    waiting: waits.filter(({ task }) => task.status === 'ready'),
    lapsed: lapsed.map(({ task }) => task),
    holds,
    quietSince: ({ run }) => progress.quietSince(run),
    lane: (name): LaneSituation => ({ name, counts: counts.get(name), waiting: waiting.countWaiting(name), holds: byLane.get(name) ?? [] }),
  });
  return { dead: all, alarms };
}

async function situationOf(deps: BoardHealthDeps, facts: TaskFacts, asking: Asking, seen: Set<string>): Promise<TaskSituation> {
  const { task, parents, claim } = facts;
  const run = facts.runs.find(({ id }) => id === task.runId);
  const laneName = task.lane ?? task.assignee;
  const lane = laneName === null ? undefined : await laneSituation(deps, laneName);
  const turn = turnOf(run);
  return {
    task,
    parents,
    parent: await parentSituation(deps, facts, asking, seen.add(task.id)),
    lane,
    claim,
    run,
    quietSince: run === undefined ? undefined : deps.progress.quietSince(run),
    ahead: task.status === 'ready' ? await countAhead(deps, task) : 0,
    behind: turn === undefined ? [] : await asking.whyTurn(turn),
  };
}

function turnOf(run: Run | undefined): string | undefined {
  const prefix = turnMark('');
  const mark = run?.worker?.mark ?? '';
  return mark.startsWith(prefix) ? mark.slice(prefix.length) : undefined;
}

async function parentSituation(deps: BoardHealthDeps, { task, parents }: TaskFacts, asking: Asking, seen: Set<string>): Promise<TaskSituation | undefined> {
  if (task.status !== 'todo' && task.block?.kind !== 'dependency') return undefined;
  const parent = worstParent(parents);
  if (parent === undefined || seen.has(parent.id) || seen.size > longestWalk) return undefined;
  const facts = await deps.store.readTaskDetail(parent.id);
  return facts === undefined ? undefined : situationOf(deps, facts, asking, seen);
}

async function laneSituation({ store, waiting }: BoardHealthDeps, name: string): Promise<LaneSituation> {
  const [counts, holds]: [LaneSituation['counts'], readonly Hold[]] = await Promise.all([store.readLane(name), store.liveClaims([name])]);
  return { name, counts, waiting: waiting.countWaiting(name), holds };
}

/** Ready tasks of the same lane and board that are taken first: of a higher priority, or ready for longer. */
async function countAhead({ store }: BoardHealthDeps, task: Task): Promise<number> {
  if (task.assignee === null) return 0;
  const page = await store.listTasks({ board: task.board, status: 'ready', assignee: task.assignee, limit: mostAhead });
  if (!page.ok) return 0;
  const isAhead = (other: Task) => other.priority > task.priority || (other.priority === task.priority && (other.readyAt ?? 0) < (task.readyAt ?? 0));
  return page.value.tasks.filter(isAhead).length;
}
