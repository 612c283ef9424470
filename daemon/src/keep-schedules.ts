/** What keeps schedules going while the daemon runs, and the verbs of them. */
import type { SessionRunner } from '@guildhall/sessions';
import { chainLimitsOf } from './chain-limits.ts';
import { dueScheduleOpensTurn } from './flows/due-schedule-opens-turn.ts';
import { endedTurnSettlesOccurrence } from './flows/ended-turn-settles-occurrence.ts';
import type { Foundation } from './foundation.ts';
import type { JournalTail } from './journal-tail.ts';
import { scheduleOperations } from './operations/schedules/schedule-operations.ts';
import type { Roles } from './roles/role-catalogue.ts';
import type { ScheduleOperations } from './schedule-operations.ts';

export interface KeptSchedules {
  readonly operations: ScheduleOperations;
  /** Begins to fire what is due. */
  start(): void;
  stop(): Promise<void>;
}

interface SchedulesParts {
  readonly foundation: Foundation;
  readonly tail: JournalTail;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly platforms: () => readonly string[];
  readonly isDraining: () => boolean;
  readonly onFault: (error: unknown) => void;
}

export function keepSchedules({ foundation, tail, roles, runner, platforms, isDraining, onFault }: SchedulesParts): KeptSchedules {
  const { store, clock, ids, config } = foundation;
  const deps = {
    store: store.schedules,
    roleStore: store.roles,
    plans: store.roles,
    sessions: store.sessions,
    tail,
    clock,
    ids,
    roles,
    platforms,
    isDraining,
    onFault,
    wake: (sessionKey: string) => runner().wake(sessionKey),
    agents: () => [...config.current().agents.keys()],
    hasAgent: (agent: string) => config.current().agents.has(agent),
    defaultAgent: () => config.current().defaultAgent,
    maxQueued: () => config.current().limits.queuedMessages,
    chainLimits: () => chainLimitsOf(config.current()),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  const flows: { stop(): Promise<void> }[] = [];
  return {
    operations: scheduleOperations(deps),
    start: () => void flows.push(dueScheduleOpensTurn(deps), endedTurnSettlesOccurrence(deps)),
    async stop() {
      for (const flow of flows) await flow.stop();
    },
  };
}
