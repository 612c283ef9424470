import { z } from 'zod';
import { budgetView, done, type BudgetView } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, grouped } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const columns: readonly Column<BudgetView>[] = [
  { title: 'SCOPE', cell: (budget) => budget.scope, paint: () => 'bold' },
  { title: 'WINDOW', cell: (budget) => budget.window },
  { title: 'SPENT', cell: (budget) => dollars(budget.settledMicroUsd), align: 'right', paint: (budget) => (isNearlySpent(budget) ? 'red' : 'plain') },
  { title: 'RESERVED', cell: (budget) => dollars(budget.reservedMicroUsd), align: 'right' },
  { title: 'LIMIT', cell: (budget) => (budget.limitMicroUsd === undefined ? 'none' : dollars(budget.limitMicroUsd)), align: 'right' },
  { title: 'TOKENS', cell: (budget) => grouped(budget.settledTokens), align: 'right' },
  { title: 'RESERVED', cell: (budget) => grouped(budget.reservedTokens), align: 'right' },
  { title: 'LIMIT', cell: (budget) => (budget.limitTokens === undefined ? 'none' : grouped(budget.limitTokens)), align: 'right' },
];

export const showBudgets: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const budgets = await daemon.value.ask('get', '/v1/budgets', z.array(budgetView));
  if (!budgets.ok) return budgets;
  return done({
    json: budgets.value,
    text: () => (budgets.value.length === 0 ? show`No limits are set and nothing was spent.` : renderTable(call.output.screen, columns, budgets.value)),
  });
};

/** Nine tenths of a limit are gone. */
function isNearlySpent(budget: BudgetView): boolean {
  const money = budget.limitMicroUsd !== undefined && budget.settledMicroUsd + budget.reservedMicroUsd >= 0.9 * budget.limitMicroUsd;
  const tokens = budget.limitTokens !== undefined && budget.settledTokens + budget.reservedTokens >= 0.9 * budget.limitTokens;
  return money || tokens;
}
