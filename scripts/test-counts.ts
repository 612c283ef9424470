/** What a vitest run came to, read from its JSON report. */
import { z } from 'zod';

export interface TestCounts {
  readonly passed: number;
  /** Tests that failed, and files that could not be run at all: each counts as one. */
  readonly failed: number;
  readonly skipped: number;
}

const reportShape = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/** Throws for text that is no report of vitest. */
export function countTests(report: string): TestCounts {
  const result = reportShape.parse(JSON.parse(report));
  const brokenFiles = result.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + brokenFiles.length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
