import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** It takes a minute alone on the machine, and longer beside other work; only its form is tested here. */
const limitMs = 300_000;

/** The figures themselves are no test: other work on the machine moves them. */
const figures = {
  stepRatio: { one: expect.any(Number), hundred: expect.any(Number) },
  cpuRatio: { one: expect.any(Number), hundred: expect.any(Number) },
  historyBytesPerTurn: { turn10: expect.any(Number), turn200: expect.any(Number) },
  turnCost: {
    commits: expect.any(Number),
    synchronousCommits: expect.any(Number),
    databaseMs: expect.any(Number),
    walBytes: expect.any(Number),
  },
  resumeMs: expect.any(Number),
  workerStartMs: expect.any(Number),
  heapBytesPerWaitingRun: expect.any(Number),
  sandboxMs: expect.any(Number),
  durableSandboxMs: expect.any(Number),
};

describe('the quick benchmark', () => {
  it(
    'prints its figures as JSON and nothing else; no turn grows the history more than another or waits for the disk more than twice',
    async () => {
      const args = ['--import', 'tsx', 'tests/bench/main.ts', '--quick', '--json'];

      const { stdout } = await run(process.execPath, args, {
        cwd: root,
        env: { ...process.env, NODE_OPTIONS: '' },
        timeout: limitMs,
      });

      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
      const printed: unknown = JSON.parse(stdout);
      expect(printed).toEqual(figures);
      const { turn10, turn200 } = Object(Object(printed)['historyBytesPerTurn']);
      expect(Math.abs(turn200 / turn10 - 1)).toBeLessThan(0.1);
      // Ends of log files and connections that are made anew are flushed too, once in many turns.
      const { synchronousCommits } = Object(Object(printed)['turnCost']);
      expect(synchronousCommits).toBeLessThan(2.2);
    },
    limitMs + 10_000,
  );
});
