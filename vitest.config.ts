import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // One PostgreSQL for the whole run; what has to be apart is apart by schema.
    globalSetup: ['scripts/postgres.ts'],
    // Processes, because the code under test opens databases, starts programs and changes signal handlers.
    pool: 'forks',
    // Most tests wait for processes of their own half of the time: on two cores two at once take two thirds of the time of one after another.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A deadline that a busy machine missed gets a second chance, a wrong result never; `scripts/unsteady-tests.ts` names whatever needed it.
    retry: { count: 1, condition: /Timeout \d+ms exceeded|timed out in \d+ms/ },
  },
});
