/** What the configuration in force says of one edge, and what a handoff over it may cost. */
import type { Config, TriggerSource } from '@guildhall/agents';
import type { BudgetLimit } from '@guildhall/authority';
import type { EdgeRules, Endpoint, NewHandoff } from '@guildhall/handoffs';

/** Of targets that the configuration does not name. */
const usualTarget = { allowedSources: '*', maxConcurrent: 1, maxWaiting: 10, risk: 'low' } as const;

export function edgeRules({ sessionTriggers, riskClasses, actions }: Config, source: Endpoint, target: Endpoint): EdgeRules {
  const { enabled, sources, targets, duplicateWindowMs, breaker } = sessionTriggers;
  const own = sources.get(source.agent);
  return {
    enabled,
    source:
      own === undefined
        ? undefined
        : {
            allowedTargets: own.allowedTargets,
            maxDepth: own.maxDepth,
            maxConcurrentTargets: own.maxConcurrentTargets,
            defaultRisk: own.defaultRisk,
            requireHumanConfirmationFor: own.requireHumanConfirmationFor,
            forbidden: own.forbiddenActions,
            maxPerHour: own.maxPerHour,
            microUsdPerHandoff: own.budget.microUsdPerHandoff,
            tokensPerHandoff: own.budget.tokensPerHandoff,
          },
    target: targets.get(target.agent) ?? usualTarget,
    riskClasses,
    actions,
    duplicateWindowMs,
    breaker,
  };
}

/** Limits of every model call of its tree; empty where it may cost what it costs. */
export function allowanceOf(config: Config, source: Endpoint, id: string): readonly BudgetLimit[] {
  const budget = config.sessionTriggers.sources.get(source.agent)?.budget;
  if (budget === undefined) return [];
  const limit = limitOf(handoffScope(id), 'always', budget.microUsdPerHandoff, budget.tokensPerHandoff);
  return limit === undefined ? [] : [limit];
}

/** Null where no budget of a day is limited. Days are counted for agents, whatever roles they fill: the limits are theirs. */
export function reservationOf(config: Config, source: Endpoint, target: Endpoint, day: string): NewHandoff['reservation'] {
  const own = config.sessionTriggers.sources.get(source.agent);
  if (own === undefined) return null;
  const limits = [...limitOfSource(source.agent, own, day), ...limitOfEdge(source.agent, target.agent, own, day)];
  if (limits.length === 0) return null;
  return { limits, amount: { microUsd: own.budget.microUsdPerHandoff ?? 0, tokens: own.budget.tokensPerHandoff ?? 0 } };
}

/** What a source may spend on handoffs in a day. */
export function limitOfSource(source: string, { budget }: TriggerSource, day: string): readonly BudgetLimit[] {
  const limit = limitOf(`handoffs-of:${source}`, day, budget.microUsdPerDay, budget.tokensPerDay);
  return limit === undefined ? [] : [limit];
}

/** What may go over one edge in a day. */
export function limitOfEdge(source: string, target: string, { edges }: TriggerSource, day: string): readonly BudgetLimit[] {
  const edge = edges.get(target);
  const limit = limitOf(`edge:${source} ${target}`, day, edge?.microUsdPerDay, edge?.tokensPerDay);
  return limit === undefined ? [] : [limit];
}

/** What everything that is done within a handoff pays into. */
export function handoffScope(id: string): string {
  return `handoff:${id}`;
}

/** Undefined where nothing is limited. */
export function limitOf(scope: string, window: string, microUsd: number | undefined, tokens: number | undefined): BudgetLimit | undefined {
  if (microUsd === undefined && tokens === undefined) return undefined;
  return { scope, window, ...(microUsd === undefined ? {} : { microUsd }), ...(tokens === undefined ? {} : { tokens }) };
}
