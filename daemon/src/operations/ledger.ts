/** What was spent, and what happened. */
import type { BudgetStore } from '@guildhall/authority';
import type { Clock, JournalStore, JournalWakeups } from '@guildhall/kernel';
import type { BudgetView } from '@guildhall/protocol';
import type { TranscriptStore } from '@guildhall/sessions';
import type { TeamDirectory } from '../agent-directory.ts';
import { today } from '../agent-directory.ts';
import type { Operations } from '../operations.ts';

export interface LedgerDeps {
  readonly budgets: BudgetStore;
  readonly store: TranscriptStore;
  readonly journal: JournalStore;
  readonly wakeups: JournalWakeups;
  readonly directory: TeamDirectory;
  readonly agents: () => readonly string[];
  readonly clock: Clock;
  readonly onRevoked: Operations['onRevoked'];
}

export function ledgerOperations(
  deps: LedgerDeps,
): Pick<Operations, 'readBudgets' | 'readCosts' | 'readEvents' | 'onJournal' | 'onRevoked' | 'verifyAudit' | 'readAuditHeads'> {
  return {
    readBudgets: () => readBudgets(deps),
    readCosts: (by) => deps.store.sumCosts(by),
    readEvents: async (query) => deps.journal.readEvents(query.after === 'now' ? { ...query, after: await deps.journal.headCursor() } : query),
    onJournal: (wake) => deps.wakeups.onAppend(wake),
    onRevoked: deps.onRevoked,
    verifyAudit: (expected) => deps.journal.verifyJournal(expected),
    readAuditHeads: async (query) => ({ at: deps.clock.now(), ...(await deps.journal.readHeads(query)) }),
  };
}

/** Every scope with a limit today, also those of which nothing was spent, then the rest. */
async function readBudgets(deps: LedgerDeps): Promise<readonly BudgetView[]> {
  const states = await deps.budgets.readBudgets(today(deps.clock));
  const limits = deps.agents().flatMap((id) => {
    const agent = deps.directory.agent(id);
    return agent === undefined ? [] : deps.directory.budgetsOf(agent);
  });
  const scopes = new Set([...limits.map((limit) => limit.scope), ...states.map((state) => state.scope)]);
  return [...scopes].map((scope) => {
    const state = states.find((one) => one.scope === scope);
    const limit = limits.find((one) => one.scope === scope);
    return {
      scope,
      window: limit?.window ?? state?.window ?? today(deps.clock),
      settledMicroUsd: state?.settled.microUsd ?? 0,
      reservedMicroUsd: state?.reserved.microUsd ?? 0,
      settledTokens: state?.settled.tokens ?? 0,
      reservedTokens: state?.reserved.tokens ?? 0,
      ...(limit?.microUsd === undefined ? {} : { limitMicroUsd: limit.microUsd }),
      ...(limit?.tokens === undefined ? {} : { limitTokens: limit.tokens }),
    };
  });
}
