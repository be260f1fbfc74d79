/**
 * Fails a whole run in which a test project ran no test, and in CI one in which a test was skipped: a suite that tests
 * nothing must not look green. Ends with one plain line of counts.
 */
export default class ProjectReporter {
  #problems = [];

  constructor(globalConfig) {
    const patterns = globalConfig.testPathPatterns?.patterns ?? [];
    this.isWhole = patterns.length === 0 && !globalConfig.testNamePattern;
  }

  onRunComplete(contexts, results) {
    const ran = new Map([...contexts].map(({ config }) => [config.displayName?.name ?? '', 0]));
    for (const { displayName, numPassingTests, numFailingTests } of results.testResults) {
      const name = displayName?.name ?? '';
      ran.set(name, (ran.get(name) ?? 0) + numPassingTests + numFailingTests);
    }
    if (this.isWhole) {
      for (const [name, count] of ran) {
        if (count === 0) this.#problems.push(`the test project "${name}" ran no test`);
      }
      const skipped = results.numPendingTests + results.numPendingTestSuites;
      if (process.env.CI && skipped > 0)
        this.#problems.push(`${skipped} test(s) were skipped in CI`);
    }
    for (const problem of this.#problems) process.stderr.write(`${problem}\n`);
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = results;
    process.stderr.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  }

  getLastError() {
    return this.#problems.length === 0 ? undefined : new Error(this.#problems.join('; '));
  }
}
