/** What a person reads when the attempts of a task are used up. */
import { expect, test } from 'vitest';
import { afterFailure } from '../src/index.ts';

test.each([
  ['timed-out', 'no heartbeat', '3 attempts failed; the last one ran out of time: no heartbeat'],
  ['crashed', 'exit code 1', '3 attempts failed; the last one crashed: exit code 1'],
  ['protocol-violation', '', '3 attempts failed; the last one ended without finishing the task'],
] as const)('the last attempt that is %s is told in words', (outcome, reason, said) => {
  expect(afterFailure({ attempts: 2, maxAttempts: 3 }, outcome, reason)).toEqual({ attempts: 3, block: { kind: 'needs_input', reason: said, liftsAt: null } });
});

test('an attempt before the last blocks nothing', () => {
  expect(afterFailure({ attempts: 1, maxAttempts: 3 }, 'crashed', 'exit code 1')).toEqual({ attempts: 2, block: null });
});
