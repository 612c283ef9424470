import { expect, test } from 'vitest';
import { raceOverHttp } from './race-over-http.ts';

test('of 64 processes that claim one task at the same instant exactly one gets it, over HTTP on SQLite', { timeout: 240_000 }, async () => {
  expect(await raceOverHttp({ rounds: 6, processes: 64 })).toEqual({ rounds: 6, wrong: [], runsWrong: [] });
});
