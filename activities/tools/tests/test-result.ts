import type { ErrorCode } from '../../../domain/failures.ts';
import type { SandboxOutcome } from '../../sandbox/sandbox-command.ts';
import type { ToolResult } from '../tool.ts';
import type { Framework } from './detect-framework.ts';
import { readReport, type TestCounts } from './read-report.ts';

/** Output that goes into the JSON, from its end: runners say last what failed. UTF-16 units. */
const maxOutput = 40_000;

/** What ran. */
export interface TestCommand {
  /** Undefined when it is not known to be a test command: then a person allowed it. */
  readonly framework: Framework | 'other' | undefined;
  /** False when the exit code may be another one's than the tests' (`npm test || true`). */
  readonly isPlain: boolean;
}

/**
 * Turns the end of a test run into the answer for the model. Green is only what ended with 0, has an exit code that
 * can be trusted, and did not count zero tests.
 */
export function testResult(
  outcome: SandboxOutcome,
  { framework, isPlain }: TestCommand,
): ToolResult {
  const output = outcome.output.combined;
  if (outcome.status === 'INTERNAL_ERROR') {
    throw new Error(`the tests were ended from outside: ${outcome.reason ?? 'no reason given'}`);
  }
  if (/No module named '?pytest\b/.test(output) && framework === 'pytest') return withoutPytest();
  const counts = readReport(framework ?? 'other', output);
  const isGreen =
    outcome.status === 'OK' &&
    outcome.exitCode === 0 &&
    (counts === undefined || counts.passedCount > 0);
  const text = JSON.stringify(
    {
      passed: isGreen,
      failedCount: counts?.failedCount ?? (isGreen ? 0 : null),
      errorCount: counts?.errorCount ?? (isGreen ? 0 : null),
      summary: summaryOf(outcome, counts),
      framework: framework ?? 'unknown',
      output: tailOf(output),
    },
    undefined,
    2,
  );
  const green = isPlain ? { testsGreen: isGreen } : {};
  if (isGreen) return { status: 'ok', text, progress: true, ...green };
  return { status: 'error', code: codeOf(outcome), text, progress: false, ...green };
}

function codeOf({ status, exitCode }: SandboxOutcome): ErrorCode {
  if (status === 'TIMEOUT' || exitCode === 124) return 'timeout';
  return status === 'SANDBOX_DENIED' ? 'sandbox_denied' : 'test_failed';
}

function summaryOf({ exitCode, reason }: SandboxOutcome, counts: TestCounts | undefined): string {
  const ended = reason === undefined ? `exit code ${exitCode}` : `exit code ${exitCode}: ${reason}`;
  if (counts === undefined) return ended;
  const { passedCount, failedCount, errorCount } = counts;
  if (passedCount + failedCount + errorCount === 0) return `no tests ran, ${ended}`;
  return `${passedCount} passed, ${failedCount} failed, ${errorCount} errors, ${ended}`;
}

function withoutPytest(): ToolResult {
  return {
    status: 'error',
    code: 'dependency_missing',
    text: 'pytest is not installed for the python3 that runs in the sandbox. Give another test command as `command` (for example `python3 -m unittest`), or ask a person to install pytest on the host or in the project.',
    progress: false,
    testsGreen: false,
  };
}

function tailOf(output: string): string {
  const text = output.trim();
  if (text.length <= maxOutput) return text;
  return `[the first ${text.length - maxOutput} characters are left out]\n${text.slice(-maxOutput)}`;
}
