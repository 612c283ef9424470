import { describe, expect, inject, test } from 'vitest';
import { killUnderLoad } from './kill-under-load.ts';

const nothing: readonly string[] = [];
const postgres = inject('postgres');

describe('a daemon killed at random under load', () => {
  const check = async (databaseUrl: string | undefined) => {
    const report = await killUnderLoad({ kills: 10, sessions: 6, messagesPerSecond: 30, seed: 20, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
    expect(report.acknowledged).toBeGreaterThan(20);
    const { lost, answeredTwice, unanswered, repeatedEffects, missingEffects, outOfOrder, brokenInvariants } = report;
    expect({ lost, answeredTwice, unanswered, repeatedEffects, missingEffects, outOfOrder, brokenInvariants }).toEqual({
      lost: nothing,
      answeredTwice: nothing,
      unanswered: nothing,
      repeatedEffects: nothing,
      missingEffects: nothing,
      outOfOrder: nothing,
      brokenInvariants: nothing,
    });
  };

  test('loses no accepted message, answers none twice, repeats no effect and keeps the order', { timeout: 240_000 }, () => check(undefined));

  test.skipIf('missing' in postgres)('the same on PostgreSQL', { timeout: 240_000 }, () => check('url' in postgres ? postgres.url : undefined));
});
