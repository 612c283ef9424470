/** Any verbs in any order, with any token ever issued, time passing and the store closed in between: the board does what the specification says. `npm run model` does more of them. */
import { describe, expect, test } from 'vitest';
import { compareBoards } from './board-model.ts';
import { expectSound, postgresDatabase, postgresUrl, sqliteDatabase, type TestDatabase } from './databases.ts';

/** Each with a database of its own, side by side: they wait for the disk most of the time. */
const boards = 4;
const operationsEach = 2_500;
// A sequence that differs is a finding, also when the next one does not.
const options = { timeout: 240_000, retry: 0 };

async function compare(database: TestDatabase, seed: number): Promise<void> {
  try {
    const passLeaseTime = async (ms: number) => {
      if (database.kind === 'postgres') await database.raw(`update lease_clock set ms = ms + ${ms}`);
    };
    const { figures, store } = await compareBoards({ place: database.place, passLeaseTime }, operationsEach, seed);
    try {
      await expectSound(store);
      expect(figures.operations).toBeGreaterThanOrEqual(operationsEach);
      expect(Math.min(figures.claims, figures.stale, figures.reopened)).toBeGreaterThan(10);
    } finally {
      await store.close();
    }
  } finally {
    await database.dispose();
  }
}

async function compareSeveral(make: () => Promise<TestDatabase>): Promise<void> {
  const seed = Math.trunc(Date.now() / 1000);
  await Promise.all(Array.from({ length: boards }, async (_, index) => compare(await make(), seed + index * 1_000_000)));
}

describe('a board does as the specification says', () => {
  test('on SQLite', options, () => compareSeveral(async () => sqliteDatabase()));

  test.skipIf(postgresUrl() === undefined)('on PostgreSQL', options, () => compareSeveral(postgresDatabase));
});
