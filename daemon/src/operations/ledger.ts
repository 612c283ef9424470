/** What was spent, and what happened. */
import type { BudgetLimit, BudgetState, BudgetStore } from '@guildhall/authority';
import type { Clock, JournalStore, JournalWakeups } from '@guildhall/kernel';
import type { BudgetView } from '@guildhall/protocol';
import type { TranscriptStore } from '@guildhall/sessions';
import { today } from '../agent-directory.ts';
import type { Operations } from '../operations.ts';

export interface LedgerDeps {
  readonly budgets: BudgetStore;
  readonly store: TranscriptStore;
  readonly journal: JournalStore;
  readonly wakeups: JournalWakeups;
  readonly limits: (day: string) => Promise<readonly BudgetLimit[]>;
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

/** Every limit that holds now, also those of which nothing was spent, then what else was spent today. */
async function readBudgets({ budgets, limits, clock }: LedgerDeps): Promise<readonly BudgetView[]> {
  const day = today(clock);
  const inForce = await limits(day);
  const forEver = inForce.filter(({ window }) => window === 'always').map(({ scope }) => scope);
  const states = [...(await budgets.readBudgets(day)), ...(forEver.length === 0 ? [] : await budgets.readBudgets('always', forEver))];
  const views = inForce.map((limit) =>
    viewBudget(
      limit,
      states.find((state) => isSame(state, limit)),
    ),
  );
  return [...views, ...states.filter((state) => !inForce.some((limit) => isSame(state, limit))).map((state) => viewBudget(state, state))];
}

function isSame(a: Pick<BudgetLimit, 'scope' | 'window'>, b: Pick<BudgetLimit, 'scope' | 'window'>): boolean {
  return a.scope === b.scope && a.window === b.window;
}

function viewBudget({ scope, window, microUsd, tokens }: BudgetLimit, state: BudgetState | undefined): BudgetView {
  return {
    scope,
    window,
    settledMicroUsd: state?.settled.microUsd ?? 0,
    reservedMicroUsd: state?.reserved.microUsd ?? 0,
    settledTokens: state?.settled.tokens ?? 0,
    reservedTokens: state?.reserved.tokens ?? 0,
    ...(microUsd === undefined ? {} : { limitMicroUsd: microUsd }),
    ...(tokens === undefined ? {} : { limitTokens: tokens }),
  };
}
