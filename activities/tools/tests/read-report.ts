import type { Framework } from './detect-framework.ts';

/** Tests that were counted in the output of a runner. */
export interface TestCounts {
  readonly passedCount: number;
  readonly failedCount: number;
  /** Tests that could not run at all. */
  readonly errorCount: number;
}

/** Counts the tests in a runner's output; undefined when it says nothing that is understood. */
export function readReport(framework: Framework | 'other', output: string): TestCounts | undefined {
  switch (framework) {
    case 'pytest':
      return readPytest(output);
    case 'cargo':
      return readCargo(output);
    case 'go':
      return readGo(output);
    case 'npm':
      return readNpm(output);
    case 'other':
      return readPytest(output) ?? readNpm(output) ?? readUnittest(output);
  }
}

function count(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

function sum(output: string, pattern: RegExp): number {
  return [...output.matchAll(pattern)].reduce((total, [, found]) => total + Number(found), 0);
}

/** The last line of pytest: `2 failed, 3 passed, 1 error in 0.12s`, with `=` around it unless it is quiet. */
function readPytest(output: string): TestCounts | undefined {
  const line = output
    .split('\n')
    .findLast((text) =>
      /\b(?:passed|failed|errors?|skipped|no tests ran)\b.* in [\d.]+s/.test(text),
    );
  if (line === undefined) return undefined;
  return {
    passedCount: count(line, /(\d+) (?:passed|xpassed)/),
    failedCount: count(line, /(\d+) failed/),
    errorCount: count(line, /(\d+) errors?/),
  };
}

/** `test result: FAILED. 3 passed; 1 failed; …`, once for each crate and kind of test. */
function readCargo(output: string): TestCounts | undefined {
  if (!output.includes('test result: ')) {
    return /^error/m.test(output) ? { passedCount: 0, failedCount: 0, errorCount: 1 } : undefined;
  }
  return {
    passedCount: sum(output, /^test result: .*?(\d+) passed/gm),
    failedCount: sum(output, /^test result: .*?(\d+) failed/gm),
    errorCount: 0,
  };
}

/** go test counts packages when it is quiet and tests when it is verbose. */
function readGo(output: string): TestCounts | undefined {
  const lines = output.split('\n');
  const matching = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  const passedTests = matching(/^\s*--- PASS: /);
  const failedTests = matching(/^\s*--- FAIL: /);
  const errorCount = matching(/^FAIL\s+\S+ \[(?:build|setup) failed\]/);
  const passedPackages = matching(/^ok\s+\S/);
  if (passedTests + failedTests + errorCount + passedPackages === 0) return undefined;
  return {
    passedCount: passedTests === 0 ? passedPackages : passedTests,
    failedCount: failedTests,
    errorCount,
  };
}

/** Jest and Vitest (`Tests: 1 failed, 3 passed`), node:test (`# pass 3`, `ℹ fail 1`), Mocha (`3 passing`). */
function readNpm(output: string): TestCounts | undefined {
  const text = withoutColours(output);
  const summary = text
    .split('\n')
    .findLast((line) => /^\s*Tests:?\s+.*\b(?:passed|failed)\b/.test(line));
  if (summary !== undefined) {
    const suites = text.split('\n').findLast((line) => /^\s*Test Suites:/.test(line)) ?? '';
    const failedCount = count(summary, /(\d+) failed/);
    const brokenSuites = failedCount === 0 ? count(suites, /(\d+) failed/) : 0;
    return { passedCount: count(summary, /(\d+) passed/), failedCount, errorCount: brokenSuites };
  }
  if (/^(?:#|ℹ) pass \d+$/m.test(text)) {
    return {
      passedCount: sum(text, /^(?:#|ℹ) pass (\d+)$/gm),
      failedCount: sum(text, /^(?:#|ℹ) fail (\d+)$/gm),
      errorCount: sum(text, /^(?:#|ℹ) cancelled (\d+)$/gm),
    };
  }
  if (!/^\s*\d+ (?:passing|failing)/m.test(text)) return undefined;
  return {
    passedCount: count(text, /^\s*(\d+) passing/m),
    failedCount: count(text, /^\s*(\d+) failing/m),
    errorCount: 0,
  };
}

/** `Ran 3 tests in 0.001s`, then `OK` or `FAILED (failures=1, errors=1)`. */
function readUnittest(output: string): TestCounts | undefined {
  const ran = /^Ran (\d+) tests? in /m.exec(output);
  if (ran === null) return undefined;
  const failedCount = count(output, /failures=(\d+)/);
  const errorCount = count(output, /errors=(\d+)/);
  return { passedCount: Number(ran[1]) - failedCount - errorCount, failedCount, errorCount };
}

function withoutColours(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001B\[[\d;]*m/g, '');
}
