/**
 * Who one talks with, on which model, and what it cost so far.
 *
 * @import { AgentView, BudgetView } from '@guildhall/protocol'
 */
import { readBudgets } from './api.js';
import { byId, el } from './dom.js';
import { money } from './words.js';

const cost = byId('cost', HTMLElement);

/** @param {AgentView} agent */
export function showAgent(agent) {
  byId('agent-name', HTMLElement).textContent = agent.id;
  const model = el('bdi', { title: agent.modelFrom }, agent.model);
  byId('agent-model', HTMLElement).replaceChildren(
    model,
    ...(agent.rehearsal ? [el('span', { class: 'badge rehearsal', title: agent.modelFrom }, 'rehearsal')] : []),
  );
  cost.replaceChildren();
}

/** @param {AgentView} agent @param {number} costMicroUsd of the open conversation */
export async function showCost(agent, costMicroUsd) {
  const budgets = await readBudgets();
  const limit = budgets.ok ? budgets.value.find((budget) => budget.limitMicroUsd !== undefined && budget.scope === `agent:${agent.id}`) : undefined;
  const here = el('p', {}, money(costMicroUsd), el('span', { class: 'where' }, ' in this conversation'));
  cost.replaceChildren(here, ...(limit === undefined ? [] : [el('p', {}, budgetWords(limit))]));
}

/** @param {BudgetView} budget */
function budgetWords(budget) {
  const when = budget.window === 'always' ? 'in all' : 'today';
  return `${money(budget.settledMicroUsd + budget.reservedMicroUsd)} of ${money(budget.limitMicroUsd ?? 0)} ${when}`;
}
