/** Any verbs in any order, with any token ever issued, time passing and the store closed in between: the board does what the specification says. `npm run model` does more of them. */
import { describe, expect, test } from 'vitest';
import { compareBoards } from './board-model.ts';
import { expectSound, postgresDatabase, postgresUrl, sqliteDatabase, type TestDatabase } from './databases.ts';

const operations = 10_000;

async function run(database: TestDatabase, passLeaseTime: (ms: number) => Promise<void>): Promise<void> {
  try {
    const { figures, store } = await compareBoards({ place: database.place, passLeaseTime }, operations, Math.trunc(Date.now() / 1000));
    try {
      await expectSound(store);
      expect(figures.operations).toBeGreaterThanOrEqual(operations);
      expect(Math.min(figures.claims, figures.stale, figures.reopened)).toBeGreaterThan(100);
    } finally {
      await store.close();
    }
  } finally {
    await database.dispose();
  }
}

describe('a board does as the specification says', () => {
  test('on SQLite', () => run(sqliteDatabase(), async () => undefined), 240_000);

  test.skipIf(postgresUrl() === undefined)(
    'on PostgreSQL',
    async () => {
      const database = await postgresDatabase();
      await run(database, async (ms) => void (await database.raw(`update lease_clock set ms = ms + ${ms}`)));
    },
    240_000,
  );
});
