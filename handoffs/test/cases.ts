/** A handoff that every guardrail allows, and ways to change it. */
import { builtInActions, deriveProvenance, rootProvenance } from '@guildhall/authority';
import type { Provenance } from '@guildhall/protocol';
import type { EdgeRules, HandoffFacts, HandoffQuestion, SourceRules, TargetRules } from '../src/index.ts';

const sourceRules: SourceRules = {
  allowedTargets: ['frontend', 'backend'],
  maxDepth: 2,
  maxConcurrentTargets: 2,
  defaultRisk: 'low',
  requireHumanConfirmationFor: ['dangerous', 'production_write'],
  forbidden: ['db_write'],
  maxPerHour: 10,
  microUsdPerHandoff: 500_000,
  tokensPerHandoff: 10_000,
};

const targetRules: TargetRules = { allowedSources: ['director'], maxConcurrent: 1, maxWaiting: 2, risk: 'low' };

const rules: EdgeRules = {
  enabled: true,
  source: sourceRules,
  target: targetRules,
  riskClasses: new Map([
    ['production_write', 'high'],
    ['public_infra', 'high'],
  ]),
  actions: builtInActions,
  duplicateWindowMs: 600_000,
  breaker: { failures: 5, restMs: 600_000 },
};

export const fine: HandoffQuestion = {
  moment: 'requested',
  source: { name: 'director', agent: 'director', sessionKey: 'agent:director:telegram:group:chat=-1' },
  target: { name: 'frontend', agent: 'frontend', sessionKey: 'agent:frontend:telegram:group:chat=-2' },
  task: 'Review the public preview homepage and report mobile blockers.',
  risk: 'low',
  forbidden: ['nginx_reload'],
  mustAsk: false,
  chain: rootProvenance({ id: 'root_1', origin: 'telegram:1', trust: 'person', agent: 'director', via: 'message', ref: 'm1' }),
  targetClosed: null,
  hidden: null,
  rules,
  reservation: {
    limits: [{ scope: 'handoffs-of:director', window: '2026-11-21', microUsd: 1_000_000, tokens: 50_000 }],
    amount: { microUsd: 500_000, tokens: 10_000 },
  },
};

export const quiet: HandoffFacts = {
  earlier: null,
  runningAtTarget: 1,
  waitingAtTarget: 1,
  otherOpenTargets: ['backend'],
  requestedLastHour: 9,
  budgets: [
    { scope: 'handoffs-of:director', window: '2026-11-21', settled: { microUsd: 300_000, tokens: 30_000 }, reserved: { microUsd: 200_000, tokens: 10_000 } },
  ],
  breaker: { failures: 0, state: 'closed', opensInMs: 0 },
};

export function withSource(change: Partial<SourceRules>): HandoffQuestion {
  return withRules({ source: { ...sourceRules, ...change } });
}

export function withTarget(change: Partial<TargetRules>): HandoffQuestion {
  return withRules({ target: { ...targetRules, ...change } });
}

export function withRules(change: Partial<EdgeRules>): HandoffQuestion {
  return { ...fine, rules: { ...rules, ...change } };
}

/** The chain of the director's turn, with that many handoffs before it. */
export function chainOf(handoffs: number, more: { readonly visited?: readonly string[]; readonly limits?: Provenance['limits'] } = {}): Provenance {
  let chain = rootProvenance({ id: 'root_1', origin: 'telegram:1', trust: 'person', agent: handoffs === 0 ? 'director' : 'lead', via: 'message', ref: 'm1' });
  for (let step = 1; step <= handoffs; step += 1)
    chain = deriveProvenance(chain, {
      hop: { via: 'handoff', actor: 'lead', ref: `ho_${step}` },
      agent: step === handoffs ? 'director' : `agent${step}`,
      limits: { depth: 64, handoffs: 16 },
    });
  const { visited = chain.visited, limits } = more;
  return { ...chain, visited, ...(limits === undefined ? {} : { limits }) };
}
