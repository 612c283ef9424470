/** Names the tests that missed a deadline at first and passed when they were run again. Each is a mistake in the product or in the test that has not been found yet. */
import type { Reporter, TestCase } from 'vitest/node';

export default class UnsteadyTests implements Reporter {
  readonly #found: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky === true) this.#found.push(`${test.module.relativeModuleId} > ${test.fullName}`);
  }

  onTestRunEnd(): void {
    for (const name of this.#found) console.log(`Unsteady, passed at the second try: ${name}`);
  }
}
