/** What keeps the board going while the daemon runs: waiting requests, and what happens by itself when its time has come. */
import type { FindingView } from '@guildhall/protocol';
import { configNamesAgentLanes } from './flows/config-names-agent-lanes.ts';
import { deadTaskIsTold, type BoardCheck } from './flows/dead-task-is-told.ts';
import { dueTaskWakes } from './flows/due-task-wakes.ts';
import { lapsedClaimReturns } from './flows/lapsed-claim-returns.ts';
import { oldTaskIsArchived } from './flows/old-task-is-archived.ts';
import type { Foundation } from './foundation.ts';
import type { JournalTail } from './journal-tail.ts';
import { createBoardHealth, type BoardHealth } from './operations/board-health.ts';
import { createRunProgress } from './run-progress.ts';
import { createWaitingClaims, type WaitingClaims } from './waiting-claims.ts';

export interface KeptBoard {
  readonly waiting: WaitingClaims;
  readonly health: BoardHealth;
  readonly check: Pick<BoardCheck, 'last'>;
  /** What is wrong with it, for the doctor. */
  findings(): readonly FindingView[];
  stop(): Promise<void>;
}

export async function keepBoard(foundation: Foundation, tail: JournalTail, onFault: (error: unknown) => void): Promise<KeptBoard> {
  const { clock, config, store } = foundation;
  const deps = { store: store.board, clock, onFault };
  const agentLanes = await configNamesAgentLanes({ store: store.board, config, onFault });
  const waiting = createWaitingClaims({ ...deps, tail });
  const health = createBoardHealth({ store: store.board, waiting, progress: createRunProgress(clock), clock });
  const check = deadTaskIsTold({ health, clock, onFault });
  const flows = [lapsedClaimReturns(deps), dueTaskWakes(deps), oldTaskIsArchived(deps), agentLanes, check];
  return {
    waiting,
    health,
    check,
    findings: () => agentLanes.taken().map(takenName),
    async stop() {
      await waiting.stop();
      for (const flow of flows) await flow.stop();
    },
  };
}

function takenName(agent: string): FindingView {
  return {
    subject: 'lanes',
    ok: false,
    level: 'warning',
    message: `a registered lane has the name of the agent ${agent}, so tasks assigned to ${agent} go to that lane and never to the agent`,
    remedy: `guildhall kanban lanes unregister ${agent}`,
  };
}
