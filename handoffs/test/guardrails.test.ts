import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Guardrail, guardrails, riskLevels } from '@guildhall/protocol';
import { decideHandoff, type HandoffFacts, type HandoffQuestion } from '../src/index.ts';
import { chainOf, fine, quiet, withRules, withSource, withTarget } from './cases.ts';

interface Case {
  readonly guardrail: Guardrail;
  readonly name: string;
  readonly question?: HandoffQuestion;
  readonly facts?: Partial<HandoffFacts>;
  readonly verdict?: 'ask';
  /** What the sentence must name. */
  readonly says: string;
}

const role = (name: string, agent: string) => ({ name: `role:shop/${name}`, agent, sessionKey: `role:shop:${name}` });

const no: readonly Case[] = [
  { guardrail: 'enabled', name: 'handoffs are switched off', question: withRules({ enabled: false }), says: 'session_triggers.enabled' },
  { guardrail: 'source-allowed', name: 'the source is named nowhere', question: withRules({ source: undefined }), says: 'session_triggers.sources' },
  {
    guardrail: 'target-allowed',
    name: 'the target is not in the list of the source',
    question: withSource({ allowedTargets: ['qa'] }),
    says: 'allowed_targets',
  },
  {
    guardrail: 'target-allowed',
    name: 'a role that an agent off the list fills',
    question: { ...fine, target: role('qa', 'qa') },
    says: 'may not hand off to qa',
  },
  {
    guardrail: 'target-accepts',
    name: 'the source is not in the list of the target',
    question: withTarget({ allowedSources: ['lead'] }),
    says: 'allowed_sources',
  },
  {
    guardrail: 'target-open',
    name: 'the target cannot work',
    question: { ...fine, targetClosed: 'frontend is not there any more' },
    says: 'not there any more',
  },
  { guardrail: 'risk', name: 'a risk that waits by its level', question: { ...fine, risk: 'dangerous' }, verdict: 'ask', says: 'risk dangerous' },
  { guardrail: 'risk', name: 'a risk that waits by its class', question: { ...fine, risk: 'production_write' }, verdict: 'ask', says: 'production_write' },
  { guardrail: 'risk', name: 'a target whose least risk waits', question: withTarget({ risk: 'production_write' }), verdict: 'ask', says: 'production_write' },
  { guardrail: 'risk', name: 'a source whose usual risk waits', question: withSource({ defaultRisk: 'dangerous' }), verdict: 'ask', says: 'risk dangerous' },
  {
    guardrail: 'risk',
    name: 'a risk above the level that waits',
    question: { ...withSource({ requireHumanConfirmationFor: ['medium'] }), risk: 'public_infra' },
    verdict: 'ask',
    says: 'names medium',
  },
  {
    guardrail: 'risk',
    name: 'a risk nobody knows, though nothing waits',
    question: { ...withSource({ requireHumanConfirmationFor: [] }), risk: 'harmless' },
    verdict: 'ask',
    says: '"harmless"',
  },
  {
    guardrail: 'risk',
    name: 'whoever asks wants a yes',
    question: { ...withSource({ requireHumanConfirmationFor: [] }), mustAsk: true },
    verdict: 'ask',
    says: 'a person to say yes',
  },
  { guardrail: 'forbidden-actions', name: 'an action nobody defined', question: { ...fine, forbidden: ['deploy'] }, says: '"deploy"' },
  { guardrail: 'forbidden-actions', name: 'an action the source forbids, defined no more', question: withSource({ forbidden: ['deploy'] }), says: '"deploy"' },
  {
    guardrail: 'forbidden-actions',
    name: 'an action the chain forbids, defined no more',
    question: { ...fine, chain: { ...chainOf(0), forbidden: ['deploy'] } },
    says: '"deploy"',
  },
  { guardrail: 'depth', name: 'one handoff more than the source may have', question: { ...fine, chain: chainOf(2) }, says: 'handoff 3 in a row' },
  { guardrail: 'depth', name: 'a source whose depth is 0', question: withSource({ maxDepth: 0 }), says: 'max_depth is 0' },
  {
    guardrail: 'depth',
    name: 'a chain that an earlier source keeps shorter',
    question: { ...withSource({ maxDepth: 5 }), chain: chainOf(1, { limits: { depth: 64, handoffs: 1 } }) },
    says: '1 may follow',
  },
  {
    guardrail: 'depth',
    name: 'a chain that is as long as any chain may be',
    question: { ...fine, chain: chainOf(1, { limits: { depth: 1, handoffs: 16 } }) },
    says: 'limits.chain_depth',
  },
  { guardrail: 'loop', name: 'an agent that has acted', question: { ...fine, chain: chainOf(1, { visited: ['frontend', 'director'] }) }, says: 'frontend' },
  {
    guardrail: 'loop',
    name: 'a role that has acted, whoever fills it now',
    question: { ...fine, target: role('developer', 'backend'), chain: chainOf(1, { visited: ['coder', 'role:shop/developer', 'director'] }) },
    says: 'role:shop/developer',
  },
  { guardrail: 'duplicate', name: 'the same as before', facts: { earlier: { id: 'ho_1', status: 'queued' } }, says: 'ho_1, which is queued' },
  { guardrail: 'target-concurrency', name: 'no place to run or wait', facts: { waitingAtTarget: 2 }, says: 'max_waiting' },
  {
    guardrail: 'target-concurrency',
    name: 'no place to run, when it would start',
    question: { ...fine, moment: 'starting' },
    facts: { runningAtTarget: 1 },
    says: '1 may run at once',
  },
  { guardrail: 'source-concurrency', name: 'one target too many', facts: { otherOpenTargets: ['backend', 'qa'] }, says: 'backend, frontend, qa' },
  { guardrail: 'rate', name: 'one too many within the hour', facts: { requestedLastHour: 10 }, says: 'max_per_hour' },
  {
    guardrail: 'budget',
    name: 'money that is not there',
    facts: {
      budgets: [{ scope: 'handoffs-of:director', window: '2026-11-21', settled: { microUsd: 500_001, tokens: 0 }, reserved: { microUsd: 0, tokens: 0 } }],
    },
    says: '$0.499999 and 50000 tokens left',
  },
  {
    guardrail: 'budget',
    name: 'tokens that others have set aside',
    facts: {
      budgets: [{ scope: 'handoffs-of:director', window: '2026-11-21', settled: { microUsd: 0, tokens: 0 }, reserved: { microUsd: 0, tokens: 40_001 } }],
    },
    says: '9999 tokens left',
  },
  { guardrail: 'breaker', name: 'an edge that rests', facts: { breaker: { failures: 5, state: 'open', opensInMs: 1500 } }, says: 'again in 2 s' },
  {
    guardrail: 'visible-delivery',
    name: 'nobody would see it',
    question: { ...fine, hidden: 'its chat has no channel that is switched on' },
    says: 'no channel',
  },
];

describe('each guardrail can say no', () => {
  test('a handoff that nothing speaks against is allowed, and every guardrail says why', () => {
    const decision = decideHandoff(fine, quiet);
    expect(decision).toMatchObject({ verdict: 'allow', decidedBy: null, moment: 'requested', riskLevel: 'low', forbidden: ['db_write', 'nginx_reload'] });
    expect(decision.answers.map(({ guardrail }) => guardrail)).toEqual(guardrails);
    for (const { rule, inputs } of decision.answers) {
      expect(rule.length).toBeGreaterThan(10);
      expect(Object.keys(inputs).length).toBeGreaterThan(0);
    }
  });

  test.each(no)('$guardrail: $name', ({ guardrail, question = fine, facts = {}, verdict = 'deny', says }) => {
    const decision = decideHandoff(question, { ...quiet, runningAtTarget: question.moment === 'starting' ? 0 : quiet.runningAtTarget, ...facts });
    expect(decision.answers.filter((answer) => answer.verdict !== 'allow').map((answer) => answer.guardrail)).toEqual([guardrail]);
    expect(decision).toMatchObject({ verdict, decidedBy: guardrail });
    expect(decision.rule).toContain(says);
    expect(decision.answers).toHaveLength(guardrails.length);
  });

  test('every guardrail is among them', () => {
    expect(new Set(no.map(({ guardrail }) => guardrail))).toEqual(new Set(guardrails));
  });
});

describe('what is at the bound still passes', () => {
  const cases: readonly (readonly [string, HandoffQuestion, Partial<HandoffFacts>])[] = [
    ['a class that is not named, below the level that is', { ...fine, risk: 'public_infra' }, {}],
    ['the last handoff in a row', { ...fine, chain: chainOf(1) }, {}],
    ['a person who begins a chain', { ...fine, chain: null }, {}],
    [
      'a role next to the role that asks, filled by the same agent as an earlier one',
      { ...fine, target: role('developer', 'backend'), chain: chainOf(1, { visited: ['backend', 'role:shop/lead', 'director'] }) },
      {},
    ],
    ['the same target once more', fine, { otherOpenTargets: ['backend', 'frontend'] }],
    ['a rate that was counted when it was requested', { ...fine, moment: 'starting' }, { requestedLastHour: 50, runningAtTarget: 0 }],
    ['a budget nobody has touched', fine, { budgets: [] }],
    [
      'a budget to its last token',
      fine,
      {
        budgets: [
          { scope: 'handoffs-of:director', window: '2026-11-21', settled: { microUsd: 500_000, tokens: 40_000 }, reserved: { microUsd: 0, tokens: 0 } },
        ],
      },
    ],
    ['the one that tries whether the edge works again', fine, { breaker: { failures: 7, state: 'half-open', opensInMs: 0 } }],
    ['a place to wait while one to run is free', withTarget({ maxWaiting: 0 }), { runningAtTarget: 0, waitingAtTarget: 0 }],
    ['whoever may name a target that takes all work', withTarget({ allowedSources: '*' }), {}],
  ];
  test.each(cases)('%s', (_, question, facts) => {
    const decision = decideHandoff(question, { ...quiet, ...facts });
    expect(decision.answers.filter((answer) => answer.verdict !== 'allow')).toEqual([]);
  });
});

/** Three cases at once. */
const one = fc.constantFrom(...no).map(({ question = fine, facts = {} }) => ({ question: changed(question), facts }));
const mixed = fc.tuple(one, one, one).map(([a, b, c]) => ({
  question: { ...fine, ...a.question, ...b.question, ...c.question },
  facts: { ...quiet, ...a.facts, ...b.facts, ...c.facts },
}));

function changed(question: HandoffQuestion): Partial<HandoffQuestion> {
  return Object.fromEntries(Object.entries(question).filter(([key, value]) => value !== Object.entries(fine).find(([name]) => name === key)?.[1]));
}

describe('however they come together', () => {
  test('one no is no, else one question asks; all answer, in order', () => {
    fc.assert(
      fc.property(mixed, ({ question, facts }) => {
        const { answers, verdict, decidedBy, rule } = decideHandoff(question, facts);
        expect(answers.map(({ guardrail }) => guardrail)).toEqual(guardrails);
        const verdicts = new Set(answers.map((answer) => answer.verdict));
        expect(verdict).toBe(verdicts.has('deny') ? 'deny' : verdicts.has('ask') ? 'ask' : 'allow');
        const decider = answers.find((answer) => answer.verdict === verdict);
        if (verdict !== 'allow') expect({ decidedBy, rule }).toEqual({ decidedBy: decider?.guardrail, rule: decider?.rule });
      }),
      { numRuns: 3000 },
    );
  });

  test('naming a risk can only raise it, and a name nobody knows is the highest', () => {
    const names = fc.constantFrom(...riskLevels, 'production_write', 'public_infra', 'LOW', ' low', 'unheard');
    const rank = (question: HandoffQuestion): number => riskLevels.indexOf(decideHandoff(question, quiet).riskLevel);
    fc.assert(
      fc.property(names, names, names, (declared, source, target) => {
        const rules = { ...withTarget({ risk: target }).rules, source: withSource({ defaultRisk: source }).rules.source };
        const [said, unsaid] = [rank({ ...fine, rules, risk: declared }), rank({ ...fine, rules, risk: source })];
        expect(said).toBeGreaterThanOrEqual(unsaid);
        if (['LOW', ' low', 'unheard'].includes(declared))
          expect(decideHandoff({ ...fine, rules, risk: declared }, quiet)).toMatchObject({ riskLevel: 'dangerous', verdict: 'ask' });
      }),
    );
  });
});
