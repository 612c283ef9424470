/** What may happen to a finding, whatever is tried with it and in whatever order. */
import { dispositions, expectDone, findingStatuses, type Disposition, type FindingStatus } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterFindingVerb, judgeDisposition, judgeRevalidation, mayAnswer, mayRevalidate, type Finding } from '../src/index.ts';

const roles = ['developer', 'validator', 'release', 'planner'] as const;

type Deed =
  | { readonly deed: 'dispose'; readonly verb: Disposition; readonly text: string; readonly assignTo: string | null; readonly revalidateBy: readonly string[] }
  | { readonly deed: 'answer' | 'remediate' | 'abandon' }
  | { readonly deed: 'revalidate'; readonly role: string; readonly passed: boolean };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    deed: fc.constant('dispose' as const),
    verb: fc.constantFrom(...dispositions, 'accept' as const, 'accept' as const),
    text: fc.constantFrom('', 'so it is'),
    assignTo: fc.constantFrom(null, ...roles),
    revalidateBy: fc.uniqueArray(fc.constantFrom(...roles), { maxLength: 3 }),
  }),
  fc.constantFrom({ deed: 'answer' as const }, { deed: 'remediate' as const }, { deed: 'remediate' as const }, { deed: 'abandon' as const }),
  fc.record({ deed: fc.constant('revalidate' as const), role: fc.constantFrom(...roles), passed: fc.boolean() }),
  fc.record({ deed: fc.constant('revalidate' as const), role: fc.constantFrom(...roles), passed: fc.constant(true) }),
);

type Standing = Pick<Finding, 'id' | 'status' | 'reportedBy' | 'assignTo' | 'round' | 'revalidation'>;

function reported(reportedBy: string): Standing {
  return { id: 'find_1', status: 'reported', reportedBy, assignTo: null, round: 0, revalidation: [] };
}

/** The finding after the deed; the same where the rules say no. */
function follow(finding: Standing, deed: Deed): Standing {
  switch (deed.deed) {
    case 'dispose': {
      const judged = judgeDisposition(finding, deed);
      if (!judged.ok) return finding;
      const { status, assignTo, revalidateBy } = judged.value;
      return status === 'accepted' ? newRound({ ...finding, status, assignTo }, revalidateBy) : { ...finding, status };
    }
    case 'answer':
    case 'remediate':
    case 'abandon':
      return { ...finding, status: afterFindingVerb(finding.status, deed.deed) ?? finding.status };
    case 'revalidate': {
      const judged = judgeRevalidation(finding, deed);
      if (!judged.ok) return finding;
      const verdict = deed.passed ? ('passed' as const) : ('failed' as const);
      const revalidation = finding.revalidation.map((each) => (each.role === deed.role ? { ...each, verdict } : each));
      const after = { ...finding, status: judged.value ?? finding.status, revalidation };
      return deed.passed
        ? after
        : newRound(
            after,
            revalidation.map(({ role }) => role),
          );
    }
    default:
      return deed satisfies never;
  }
}

function newRound(finding: Standing, by: readonly string[]): Standing {
  return { ...finding, round: finding.round + 1, revalidation: by.map((role) => ({ role, verdict: 'pending', at: null })) };
}

/** Every step of every history: where it stood, what was done, where it stands. */
function everyStep(check: (before: Standing, deed: Deed, after: Standing) => void, reached: Set<FindingStatus> = new Set()): void {
  const history = fc.array(deeds, { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(fc.constantFrom(...roles, 'operator'), history, (reportedBy, sequence) => {
      let finding = reported(reportedBy);
      for (const deed of sequence) {
        const after = follow(finding, deed);
        check(finding, deed, after);
        reached.add(after.status);
        finding = after;
      }
    }),
    { numRuns: 500 },
  );
}

describe('whatever is tried with a finding', () => {
  test('nothing is closed before everybody who must look again has passed it, and one of them is not who mended it', () => {
    const reached = new Set<FindingStatus>();
    everyStep((before, _deed, after) => {
      if (after.status !== 'closed' || before.status === 'closed') return;
      expect(after.revalidation.map(({ verdict }) => verdict)).toEqual(after.revalidation.map(() => 'passed'));
      expect(after.revalidation.some(({ role }) => role !== after.assignTo)).toBe(true);
    }, reached);
    expect([...findingStatuses].filter((status) => !reached.has(status))).toEqual([]);
  });

  test('nothing moves from where it was reported without a decision', () => {
    everyStep((before, deed, after) => {
      if (before.status === 'reported' && after.status !== 'reported') expect(deed.deed).toBe('dispose');
    });
  });

  test('nothing is mended that was not accepted, and what failed is mended anew', () => {
    everyStep((before, _deed, after) => {
      if (after.status === 'remediated' && before.status !== 'remediated') expect(before.status).toBe('accepted');
      if (before.status === 'remediated' && after.status === 'accepted') expect(after.round).toBe(before.round + 1);
    });
  });

  test('rejected and closed are final', () => {
    everyStep((before, _deed, after) => {
      if (before.status === 'rejected' || before.status === 'closed') expect(after).toEqual(before);
    });
  });
});

describe('a decision', () => {
  const accept = { verb: 'accept', text: '', assignTo: null, revalidateBy: [] } as const;

  test('to reject, defer or ask needs words, to accept does not', () => {
    for (const verb of ['reject', 'defer', 'ask'] as const) {
      const silent = judgeDisposition(reported('validator'), { ...accept, verb, text: ' ' });
      expect(silent).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
    }
    expect(judgeDisposition(reported('validator'), accept).ok).toBe(true);
  });

  test('lets the developer mend and who reported look again, if nothing else is said', () => {
    expect(expectDone(judgeDisposition(reported('release'), accept))).toEqual({ status: 'accepted', assignTo: 'developer', revalidateBy: ['release'] });
  });

  test('lets the validator look again where a person reported it, or the one who mends it did', () => {
    expect(expectDone(judgeDisposition(reported('operator'), accept)).revalidateBy).toEqual(['validator']);
    expect(expectDone(judgeDisposition(reported('developer'), accept)).revalidateBy).toEqual(['validator']);
  });

  test('names somebody besides the one who mends it to look again', () => {
    const alone = judgeDisposition(reported('validator'), { ...accept, assignTo: 'validator', revalidateBy: ['validator'] });
    expect(alone).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
    const two = judgeDisposition(reported('validator'), { ...accept, assignTo: 'validator', revalidateBy: ['validator', 'release', 'release'] });
    expect(expectDone(two).revalidateBy).toEqual(['validator', 'release']);
  });
});

describe('a word on what was mended', () => {
  const mended: Standing = {
    ...reported('validator'),
    status: 'remediated',
    round: 1,
    assignTo: 'developer',
    revalidation: [
      { role: 'release', verdict: 'passed', at: 1 },
      { role: 'validator', verdict: 'pending', at: null },
    ],
  };

  test('is taken from those who were asked to look again, once', () => {
    expect(judgeRevalidation(mended, { role: 'planner', passed: true })).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
    expect(judgeRevalidation(mended, { role: 'release', passed: false })).toMatchObject({ ok: false, refusal: { code: 'wrong-state' } });
    expect(judgeRevalidation({ ...mended, status: 'accepted' }, { role: 'validator', passed: true })).toMatchObject({ ok: false });
    expect(expectDone(judgeRevalidation(mended, { role: 'validator', passed: true }))).toBe('closed');
    expect(expectDone(judgeRevalidation(mended, { role: 'validator', passed: false }))).toBe('accepted');
  });
});

test('who reported answers, a role looks again for itself, and the operator may for anybody', () => {
  const all = ['lead', 'operator', ...roles];
  expect(all.filter((actor) => mayAnswer(actor, reported('validator')))).toEqual(['operator', 'validator']);
  expect(all.filter((actor) => mayRevalidate(actor, 'release'))).toEqual(['operator', 'release']);
});
