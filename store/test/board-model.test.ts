/** Any verbs in any order, with any token ever issued, time passing and the store closed in between: the board does what the specification says. `npm run model` does more of them. */
import { describe, expect, test } from 'vitest';
import { compareBoards } from './board-model.ts';
import { expectSound, postgresDatabase, postgresUrl, sqliteDatabase, type TestDatabase } from './databases.ts';

const operations = 10_000;
// A sequence that differs is a finding, also when the next one does not.
const options = { timeout: 240_000, retry: 0 };

async function compare(database: TestDatabase, least: number, seed: number): Promise<void> {
  try {
    const passLeaseTime = async (ms: number) => {
      if (database.kind === 'postgres') await database.raw(`update lease_clock set ms = ms + ${ms}`);
    };
    const { figures, store } = await compareBoards({ place: database.place, passLeaseTime }, least, seed);
    try {
      await expectSound(store);
      expect(figures.operations).toBeGreaterThanOrEqual(least);
      expect(Math.min(figures.claims, figures.stale, figures.reopened)).toBeGreaterThan(10);
    } finally {
      await store.close();
    }
  } finally {
    await database.dispose();
  }
}

describe('a board does as the specification says', () => {
  const seed = Math.trunc(Date.now() / 1000);

  test('on SQLite', options, () => compare(sqliteDatabase(), operations, seed));

  // Several, each with a schema of its own: there most of the time goes into waiting.
  test.skipIf(postgresUrl() === undefined)('on PostgreSQL', options, async () => {
    const boards = 4;
    await Promise.all(Array.from({ length: boards }, async (_, index) => compare(await postgresDatabase(), operations / boards, seed + index * 1_000_000)));
  });
});
