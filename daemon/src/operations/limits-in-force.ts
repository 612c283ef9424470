/** Every limit of money and tokens that holds now: of agents, of the installation, of open plans, of handoffs by source, edge and each that is open. */
import type { Config } from '@guildhall/agents';
import type { BudgetLimit } from '@guildhall/authority';
import type { HandoffStore } from '@guildhall/handoffs';
import type { RoleStore } from '@guildhall/roles';
import { limitOf, limitOfEdge, limitOfSource } from '../handoffs/edge-rules.ts';

export interface LimitSources {
  readonly config: () => Config;
  readonly handoffs: Pick<HandoffStore, 'listHandoffs'>;
  readonly plans: Pick<RoleStore, 'listPlans'>;
}

/** Open handoffs and plans that are shown; more would be no table any more. */
const mostShown = 200;

export async function limitsInForce({ config, handoffs, plans }: LimitSources, day: string): Promise<readonly BudgetLimit[]> {
  const { agents, budget, sessionTriggers } = config();
  const open = await handoffs.listHandoffs({ open: true, limit: mostShown });
  const limitsPlans = budget.microUsdPerPlan !== undefined || budget.tokensPerPlan !== undefined;
  const openPlans = limitsPlans ? await plans.listPlans({ status: 'open', limit: mostShown }) : [];
  return [
    limitOf('installation', day, budget.microUsdPerDay, budget.tokensPerDay),
    ...[...agents.values()].map((agent) => limitOf(`agent:${agent.id}`, day, agent.budget.microUsdPerDay, agent.budget.tokensPerDay)),
    ...openPlans.map(({ id }) => limitOf(`plan:${id}`, 'always', budget.microUsdPerPlan, budget.tokensPerPlan)),
    ...[...sessionTriggers.sources].flatMap(([source, own]) => [
      ...limitOfSource(source, own, day),
      ...[...own.edges.keys()].flatMap((target) => limitOfEdge(source, target, own, day)),
    ]),
    ...open.flatMap(({ allowance }) => allowance),
  ].filter((limit) => limit !== undefined);
}
