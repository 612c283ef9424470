import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '@guildhall/kernel';
import { canonicalHandoff, decideHandoff, type HandoffFacts, type HandoffQuestion, taskDigest } from '../src/index.ts';
import { chainOf, fine, quiet, withRules, withSource, withTarget } from './cases.ts';

const digest = (question: HandoffQuestion, facts: HandoffFacts = quiet): string => decideHandoff(question, facts).digest;

describe('what a yes is bound to', () => {
  const covered: readonly (readonly [string, HandoffQuestion])[] = [
    ['the source', { ...fine, source: { ...fine.source, name: 'role:shop/lead' } }],
    ['the agent of the source', { ...fine, source: { ...fine.source, agent: 'lead' } }],
    ['the session of the source', { ...fine, source: { ...fine.source, sessionKey: 'agent:director:main' } }],
    ['the target', { ...fine, target: { ...fine.target, name: 'role:shop/frontend' } }],
    ['who fills the target', { ...fine, target: { ...fine.target, agent: 'backend' } }],
    ['the session of the target', { ...fine, target: { ...fine.target, sessionKey: 'agent:frontend:main' } }],
    ['one letter of the task', { ...fine, task: `${fine.task} ` }],
    ['a look-alike letter of the task', { ...fine, task: fine.task.replace('p', 'р') }],
    ['the risk', { ...fine, risk: 'medium' }],
    ['what a class of risk means', { ...withRules({ riskClasses: new Map([['production_write', 'dangerous']]) }), risk: 'production_write' }],
    ['an action more that is forbidden', { ...fine, forbidden: ['nginx_reload', 'dns_change'] }],
    ['an action less that is forbidden', { ...fine, forbidden: [] }],
    ['what a forbidden action covers', withRules({ actions: new Map([['nginx_reload', { tools: [], argv: [], hosts: [], paths: [] }]]) })],
    ['what the chain forbids', { ...fine, chain: { ...chainOf(0), forbidden: ['dns_change'] } }],
    ['that somebody wants a yes', { ...fine, mustAsk: true }],
    ['the chain', { ...fine, chain: { ...chainOf(0), root: 'root_2' } }],
    ['that a person begins the chain', { ...fine, chain: null }],
    ['whom the source may ask', withSource({ allowedTargets: ['frontend'] })],
    ['how deep the source may go', withSource({ maxDepth: 3 })],
    ['how many targets the source may have', withSource({ maxConcurrentTargets: 3 })],
    ['the usual risk of the source', withSource({ defaultRisk: 'medium' })],
    ['what waits for a person', withSource({ requireHumanConfirmationFor: ['dangerous'] })],
    ['what the source forbids', withSource({ forbidden: [] })],
    ['how often the source may ask', withSource({ maxPerHour: 11 })],
    ['what it may cost', withSource({ microUsdPerHandoff: 600_000 })],
    ['how many tokens it may take', withSource({ tokensPerHandoff: undefined })],
    ['that the source has no rules any more', withRules({ source: undefined })],
    ['whom the target takes work from', withTarget({ allowedSources: '*' })],
    ['how much the target works on at once', withTarget({ maxConcurrent: 2 })],
    ['how much may wait at the target', withTarget({ maxWaiting: 3 })],
    ['the least risk of the target', withTarget({ risk: 'medium' })],
  ];

  test.each(covered)('%s', (_, question) => {
    const same = covered.find(([name]) => name === 'what a class of risk means')?.[1] === question ? { ...fine, risk: 'production_write' } : fine;
    expect(digest(question)).not.toBe(digest(same));
  });

  const without: readonly (readonly [string, HandoffQuestion])[] = [
    ['the moment', { ...fine, moment: 'starting' }],
    ['whether the target can work now', { ...fine, targetClosed: 'it rests' }],
    ['whether people see it now', { ...fine, hidden: 'its chat is gone' }],
    ['what a day may cost', { ...fine, reservation: null }],
    ['how long the same request is the same', withRules({ duplicateWindowMs: 1 })],
    ['when a breaker opens', withRules({ breaker: { failures: 1, restMs: 1 } })],
    ['a class of risk that does not matter here', withRules({ riskClasses: new Map([['payroll', 'high']]) })],
    ['where in its chain it stands', { ...fine, chain: { ...chainOf(0), hops: chainOf(1).hops, depth: 1 } }],
    [
      'the order in which lists are written',
      {
        ...withSource({ allowedTargets: ['backend', 'frontend'], requireHumanConfirmationFor: ['production_write', 'dangerous'] }),
        forbidden: ['nginx_reload', 'nginx_reload'],
      },
    ],
  ];

  test.each(without)('not %s', (_, question) => {
    expect(digest(question)).toBe(digest(fine));
  });

  test('not whatever is counted', () => {
    const busy: HandoffFacts = {
      earlier: { id: 'ho_1', status: 'running' },
      runningAtTarget: 7,
      waitingAtTarget: 7,
      otherOpenTargets: [],
      requestedLastHour: 99,
      budgets: [],
      breaker: { failures: 5, state: 'open', opensInMs: 5 },
    };
    expect(digest(fine, busy)).toBe(digest(fine));
  });

  test('is the digest of what people are shown', () => {
    const { riskLevel, forbidden } = decideHandoff(fine, quiet);
    expect(digestOf(canonicalHandoff(fine, { riskLevel, forbidden }))).toBe(digest(fine));
  });
});

describe('the same task', () => {
  const task = 'Review the Straße — fix ①';

  test.each([
    ['in other case', 'REVIEW THE STRASSE — FIX ①'],
    ['with other white space', '  Review\u00a0the\n\tStraße —  fix ① \u0085'],
    ['with characters nobody sees', 'Re\u200bview the Stra\u00adße\u2060 — \ufefffix ①\u{e0041}'],
    ['in another form of the same letters', 'Review the Straße — fix 1'],
    ['in wide letters', 'Ｒｅｖｉｅｗ the Straße — fix 1'],
  ])('%s', (_, other) => {
    expect(taskDigest(other)).toBe(taskDigest(task));
  });

  test.each([
    ['a word more', `${task} now`],
    ['words run together', task.replace('the Straße', 'theStraße')],
    ['a letter that only looks the same', task.replace('e', 'е')],
    ['an accent', task.replace('Review', 'Réview')],
    ['other punctuation', task.replace('—', '-')],
  ])('not %s', (_, other) => {
    expect(taskDigest(other)).not.toBe(taskDigest(task));
  });

  test('whatever its letters: case, seams and what is invisible never make another', () => {
    const hidden = fc.constantFrom('\u200b', '\u200d', '\u2060', '\ufeff', '\u00ad', '\ufe0f');
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 }), hidden, fc.constantFrom(' ', '\n', '\u3000', ' \t '), (words, mark, seam) => {
        const plain = words.join(' ');
        const once = taskDigest(plain);
        expect(taskDigest(`${mark}${words.join(seam)}${mark} `)).toBe(once);
        expect(taskDigest(plain.normalize('NFD'))).toBe(once);
        expect(taskDigest(plain.normalize('NFKC'))).toBe(once);
        expect(taskDigest(plain.toUpperCase())).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});
