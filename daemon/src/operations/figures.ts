/** Figures for those who watch many daemons. Each is counted in the database or by this process; none grows with the board. */
import type { BoardStore } from '@guildhall/board';
import type { JournalStore } from '@guildhall/kernel';
import type { SessionStore } from '@guildhall/sessions';
import { positionOf, type WorkCounts, type WorkCountStore } from '@guildhall/store';
import type { BoardCheck } from '../flows/dead-task-is-told.ts';
import type { WaitingClaims } from '../waiting-claims.ts';

export interface Figures {
  readonly version: string;
  readonly startedAt: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly journalPosition: number;
  readonly turns: { readonly queued: number; readonly running: number };
  readonly sessions: number;
  readonly outbound: { readonly pending: number; readonly unknown: number };
  /** By status; the counting of each stops at 10,000. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly work: WorkCounts;
  readonly liveClaims: number;
  readonly lanes: number;
  /** Lanes with a request for work that waits on this daemon. */
  readonly waitingLanes: number;
  /** Null before the first look. */
  readonly check: ReturnType<BoardCheck['last']>;
}

const mostCounted = 10_000;

export function figureOperations(deps: {
  readonly version: string;
  readonly startedAt: number;
  readonly journal: Pick<JournalStore, 'headCursor'>;
  readonly sessions: Pick<SessionStore, 'readCounts'>;
  readonly board: Pick<BoardStore, 'countTasks' | 'listLanes'>;
  readonly work: WorkCountStore;
  readonly waiting: Pick<WaitingClaims, 'countWaiting'>;
  readonly check: Pick<BoardCheck, 'last'>;
}): { readFigures(): Promise<Figures> } {
  return {
    async readFigures() {
      const [cursor, counts, tasks, lanes, work] = await Promise.all([
        deps.journal.headCursor(),
        deps.sessions.readCounts(),
        deps.board.countTasks(mostCounted),
        deps.board.listLanes(),
        deps.work.countWork(),
      ]);
      const memory = process.memoryUsage();
      return {
        version: deps.version,
        startedAt: deps.startedAt,
        residentBytes: memory.rss,
        heapBytes: memory.heapUsed,
        journalPosition: positionOf(cursor),
        turns: { queued: counts.queued, running: counts.running },
        sessions: counts.sessions,
        outbound: { pending: counts.outboundPending, unknown: counts.outboundUnknown },
        tasks,
        work,
        liveClaims: lanes.reduce((total, { held }) => total + held, 0),
        lanes: lanes.length,
        waitingLanes: lanes.filter(({ lane }) => deps.waiting.countWaiting(lane.name) > 0).length,
        check: deps.check.last(),
      };
    },
  };
}
