/** The guardrails that look at what the store counted under its locks. What is counted when something is requested (the rate, the budget set aside) is not counted against it once more when it starts. */
import type { BudgetLimit, BudgetState } from '@guildhall/authority';
import type { Guardrail } from '@guildhall/protocol';
import { type Answer, type Ask, type Judged, no, yes } from './guardrail.ts';
import type { HandoffFacts } from './decision.ts';

type Counting = Extract<Guardrail, 'duplicate' | 'target-concurrency' | 'source-concurrency' | 'rate' | 'budget' | 'breaker'>;

export const countingGuardrails: Readonly<Record<Counting, Ask>> = {
  duplicate: (_, { earlier }) => {
    if (earlier === null) return yes('it was not asked for before', { earlier: null });
    return no(`the same was asked for before, as ${earlier.id}, which is ${earlier.status}; it is not done twice`, { earlier: { ...earlier } });
  },
  'target-concurrency': targetConcurrency,
  'source-concurrency': ({ source, target, rules }, { otherOpenTargets }) => {
    const open = [...new Set([...otherOpenTargets, target.name])].toSorted();
    const limit = rules.source?.maxConcurrentTargets ?? null;
    const inputs = { openTargets: open, limit };
    if (limit !== null && open.length > limit)
      return no(
        `${source.name} would have work open at ${open.length} targets (${open.join(', ')}), and ${limit} are allowed (max_concurrent_targets); wait for one to end`,
        inputs,
      );
    return yes(`${source.name} may have work open at so many targets`, inputs);
  },
  rate: ({ moment, source, rules }, { requestedLastHour }) => {
    const limit = rules.source?.maxPerHour ?? null;
    const inputs = { requestedLastHour, limit };
    if (moment !== 'requested' && moment !== 'asked-again') return yes('it was counted when it was requested', inputs);
    if (limit !== null && requestedLastHour >= limit)
      return no(`${source.name} has requested ${requestedLastHour} handoffs within an hour, and ${limit} are allowed (max_per_hour); try again later`, inputs);
    return yes('so many within an hour are allowed', inputs);
  },
  budget: budgetGuardrail,
  breaker: ({ source, target }, { breaker }) => {
    const { failures, state, opensInMs } = breaker;
    const inputs = { failures, state, opensInMs };
    const edge = `${source.name} → ${target.name}`;
    if (state === 'closed') return yes(`the breaker of ${edge} is closed`, inputs);
    if (state === 'half-open') return yes(`${failures} handoffs ${edge} failed in a row; this one tries whether it works again`, inputs);
    const next = opensInMs === 0 ? 'one is trying whether it works again' : `one may try again in ${inSeconds(opensInMs)}`;
    return no(`${failures} handoffs ${edge} failed in a row, so its breaker is open; ${next}`, inputs);
  },
};

/** Places to run and places to wait are one queue: while one to run is free, whoever waits is about to take it. */
function targetConcurrency({ moment, target, rules }: Judged, { runningAtTarget: running, waitingAtTarget: waiting }: HandoffFacts): Answer {
  const { maxConcurrent, maxWaiting } = rules.target;
  const inputs = { running, waiting, maxConcurrent, maxWaiting };
  if (moment === 'starting') {
    if (running >= maxConcurrent) return no(`${target.name} works on ${running} handoffs, and ${maxConcurrent} may run at once`, inputs);
    return yes(`${target.name} has a free place`, inputs);
  }
  if (running + waiting >= maxConcurrent + maxWaiting)
    return no(
      `${target.name} works on ${running} handoffs and ${waiting} wait; ${maxConcurrent} may run and ${maxWaiting} may wait (max_concurrent, max_waiting); try again later`,
      inputs,
    );
  return yes(`${target.name} has a place, or one to wait at`, inputs);
}

function budgetGuardrail({ reservation }: Judged, { budgets }: HandoffFacts): Answer {
  if (reservation === null) return yes('no budget of a day limits it', { amount: null });
  const { amount, limits } = reservation;
  const left = limits.map((limit) => ({ ...limit, left: leftOf(limit, budgets) }));
  const inputs = {
    amount: { ...amount },
    left: left.map(({ scope, window, left: rest }) => ({ scope, window, microUsd: rest.microUsd ?? null, tokens: rest.tokens ?? null })),
  };
  const short = left.find(({ left: rest }) => (rest.microUsd ?? Infinity) < amount.microUsd || (rest.tokens ?? Infinity) < amount.tokens);
  if (short === undefined) return yes('what it may cost can be set aside', inputs);
  const rest = [inDollars(short.left.microUsd), inTokens(short.left.tokens)].filter((text) => text !== undefined).join(' and ');
  return no(
    `it may cost ${[inDollars(amount.microUsd), inTokens(amount.tokens)].join(' and ')}, and ${short.scope} has ${rest} left (${short.window}); it cannot be set aside`,
    inputs,
  );
}

/** A scope without a record has spent nothing. */
function leftOf(limit: BudgetLimit, budgets: readonly BudgetState[]): { readonly microUsd: number | undefined; readonly tokens: number | undefined } {
  const state = budgets.find(({ scope, window }) => scope === limit.scope && window === limit.window);
  const rest = (of: number | undefined, key: 'microUsd' | 'tokens'): number | undefined =>
    of === undefined ? undefined : of - (state?.settled[key] ?? 0) - (state?.reserved[key] ?? 0);
  return { microUsd: rest(limit.microUsd, 'microUsd'), tokens: rest(limit.tokens, 'tokens') };
}

function inDollars(microUsd: number | undefined): string | undefined {
  return microUsd === undefined ? undefined : `$${(microUsd / 1_000_000).toFixed(6).replace(/0{1,4}$/u, '')}`;
}

function inTokens(tokens: number | undefined): string | undefined {
  return tokens === undefined ? undefined : `${tokens} tokens`;
}

function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
