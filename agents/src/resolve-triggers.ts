/** From the written part about handing work over to what is in force. */
import { builtInActions } from '@guildhall/authority';
import type { ActionDefinition } from '@guildhall/protocol';
import type { Config, HandoffBudget, InstallationBudget, SessionTriggers, TriggerSource } from './config.ts';
import type { WrittenConfig } from './config-schema.ts';
import { builtInRiskClasses } from './risk-names.ts';
import type { WrittenActions, WrittenTriggers, WrittenTriggerSource } from './trigger-schema.ts';

/** What holds where the file says nothing. */
const triggerDefaults = {
  maxDepth: 1,
  targetsAtOnce: 4,
  risk: 'low',
  waitFor: ['dangerous'],
  perHour: 60,
  concurrent: 1,
  waiting: 10,
  duplicateSeconds: 600,
  approvalSeconds: 3600,
  breakerFailures: 5,
  breakerSeconds: 600,
} as const;

export function resolveTriggers(written: WrittenTriggers = {}): SessionTriggers {
  const { breaker } = written;
  return {
    enabled: written.enabled ?? false,
    sources: new Map(Object.entries(written.sources ?? {}).map(([agent, source]) => [agent, resolveSource(source)])),
    targets: new Map(
      Object.entries(written.targets ?? {}).map(([agent, target]) => [
        agent,
        {
          allowedSources: target.allowed_sources ?? '*',
          maxConcurrent: target.max_concurrent ?? triggerDefaults.concurrent,
          maxWaiting: target.max_waiting ?? triggerDefaults.waiting,
          risk: target.risk ?? triggerDefaults.risk,
        },
      ]),
    ),
    duplicateWindowMs: (written.duplicate_window_seconds ?? triggerDefaults.duplicateSeconds) * 1000,
    approvalTimeoutMs: (written.approval_seconds ?? triggerDefaults.approvalSeconds) * 1000,
    breaker: {
      failures: breaker?.failures ?? triggerDefaults.breakerFailures,
      restMs: (breaker?.rest_seconds ?? triggerDefaults.breakerSeconds) * 1000,
    },
  };
}

export function resolveActions(written: WrittenActions = {}): Config['actions'] {
  const own = Object.entries(written).map(([name, action]) => [name, resolveAction(action)] as const);
  return new Map([...builtInActions, ...own]);
}

export function resolveRiskClasses(written: WrittenConfig['risk_classes'] = {}): Config['riskClasses'] {
  return new Map([...builtInRiskClasses, ...Object.entries(written)]);
}

export function resolveInstallationBudget(written: WrittenConfig['budget']): InstallationBudget {
  return {
    microUsdPerDay: microUsd(written?.usd_per_day),
    tokensPerDay: written?.tokens_per_day,
    microUsdPerPlan: microUsd(written?.usd_per_plan),
    tokensPerPlan: written?.tokens_per_plan,
  };
}

export function microUsd(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : Math.round(usd * 1_000_000);
}

function resolveSource(source: WrittenTriggerSource): TriggerSource {
  return {
    allowedTargets: [...new Set(source.allowed_targets)],
    maxDepth: source.max_depth ?? triggerDefaults.maxDepth,
    maxConcurrentTargets: source.max_concurrent_targets ?? triggerDefaults.targetsAtOnce,
    defaultRisk: source.default_risk ?? triggerDefaults.risk,
    requireHumanConfirmationFor: source.require_human_confirmation_for ?? triggerDefaults.waitFor,
    forbiddenActions: [...new Set(source.forbidden_actions)],
    maxPerHour: source.max_per_hour ?? triggerDefaults.perHour,
    budget: {
      microUsdPerHandoff: microUsd(source.budget?.usd_per_handoff),
      tokensPerHandoff: source.budget?.tokens_per_handoff,
      ...perDay(source.budget),
    },
    edges: new Map(Object.entries(source.edges ?? {}).map(([target, edge]) => [target, perDay(edge)])),
  };
}

function perDay(
  budget: { readonly usd_per_day?: number | undefined; readonly tokens_per_day?: number | undefined } | undefined,
): Pick<HandoffBudget, 'microUsdPerDay' | 'tokensPerDay'> {
  return { microUsdPerDay: microUsd(budget?.usd_per_day), tokensPerDay: budget?.tokens_per_day };
}

function resolveAction({ tools, argv, hosts, paths }: WrittenActions[string]): ActionDefinition {
  return {
    tools: tools ?? [],
    argv: (argv ?? []).map((line) => (typeof line === 'string' ? line.split(/\s+/u).filter((word) => word !== '') : line)),
    hosts: hosts ?? [],
    paths: paths ?? [],
  };
}
