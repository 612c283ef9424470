/** Many processes race for one task: exactly one wins, every time. `npm run race` does it with more of them, a thousand times. */
import { describe, expect, test } from 'vitest';
import { raceForTasks } from './claim-race.ts';
import { expectSound, postgresDatabase, postgresUrl } from './databases.ts';

describe.skipIf(postgresUrl() === undefined)('of many processes on one PostgreSQL that ask for the same task', () => {
  test('exactly one gets it', { timeout: 240_000 }, async () => {
    const database = await postgresDatabase();
    try {
      const { place } = database;
      if (place.kind !== 'postgres') throw new Error('not a schema');
      const store = await database.open();
      const figures = await raceForTasks(store, { url: place.url, schema: place.schema ?? '' }, 12, 20);
      expect(figures.wrong).toEqual([]);
      expect(Object.keys(figures.losers).toSorted()).toEqual(['nothing', 'wrong-state']);
      await expectSound(store);
    } finally {
      await database.dispose();
    }
  });
});
