import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { wrongEvents } from '../support/check-events.ts';
import { gatherEvidence } from '../support/kill/kill-evidence.ts';
import { killPoints, nameOf, type KillPoint } from '../support/kill/kill-points.ts';
import { oneOf, seeded } from '../support/kill/kill-random.ts';
import {
  appendByEdit,
  appendByShell,
  countLine,
  finishRun,
  quietEnd,
  readCopy,
  scriptOf,
  startScript,
  type Settlement,
  type StartedScript,
} from '../support/kill/kill-run.ts';
import { killTable, type KillResult } from '../support/kill/kill-table.ts';
import {
  awaitPoint,
  killAndReap,
  startForPoint,
  type DoomedWorker,
} from '../support/kill/kill-worker.ts';
import { startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';

const seed = 20_261_121;
const isLong = process.env['FAULTS'] === 'long';
const points = killPoints(seed, isLong ? 40 : 2);
const random = seeded(seed);

let harness: RunHarness;
let next: Promise<DoomedWorker>;
const results: KillResult[] = [];

beforeAll(async () => {
  const turns = [
    appendByEdit('one'),
    appendByShell('alpha'),
    appendByEdit('two'),
    appendByShell('beta'),
    ...quietEnd,
  ];
  harness = await startRunHarness({
    scripts: [scriptOf('killed', turns)],
    workers: 0,
    continueAsNewAfter: 40,
  });
  next = startForPoint(harness, points[0]);
  await next;
});

afterAll(async () => {
  process.stdout.write(killTable(results));
  await harness.stop();
});

describe('a run whose worker is killed', () => {
  it.each(points.map((point, index) => ({ title: titleOf(point, index), point, index })))(
    'ends, and nothing happens twice unnoticed: $title',
    async ({ point, index }) => {
      const doomed = await next;
      let state: 'before' | 'down' | 'after' = 'before';
      doomed.arm();
      const run = await startScript(harness, 'killed');
      // People answer from the start on: approvals come before most of the points.
      const finishing = finishRun(harness, run.runId, {
        settle: async (target) => settle(run, target),
        isThere: () => state !== 'down' && !(state === 'before' && doomed.isStopped()),
      });
      finishing.catch(() => undefined);

      await awaitPoint(harness, run.runId, { point, doomed });
      state = 'down';
      await killAndReap(doomed.worker);
      // The fresh worker ends this run, and dies in the next one.
      next = startForPoint(harness, points[index + 1]);
      await next;
      if (point.after === 'told') await harness.recoverFrom(doomed.worker);
      state = 'after';
      const { result, unknown } = await finishing;

      const evidence = await gatherEvidence(harness, run);
      const [log, shell] = await Promise.all([
        readCopy(harness, run.runId, 'log.txt'),
        readCopy(harness, run.runId, 'shell.log'),
      ]);
      const again = unknown.filter(({ settlement }) => settlement === 'run-again');
      const repeatedLines =
        surplus(log, ['one', 'two']) + surplus(shell, ['alpha', 'beta']) - again.length;
      const repeatedCalls = evidence.journal.filter(({ answered }) => answered > 1).length;
      results.push({
        point: nameOf(point),
        ended: result.status === 'completed',
        repeated: Math.max(0, repeatedLines) + repeatedCalls,
        unknown: unknown.length,
      });
      expect(result).toMatchObject({ status: 'completed', stopReason: 'finished' });
      expect(log).toBe('one\ntwo\nEND\n');
      for (const line of ['alpha', 'beta']) {
        expect(allowedCounts(line, unknown)).toContain(countLine(shell, line));
      }
      expect(evidence.effects).toEqual(
        [1, 2, 3, 4].map((seq) => ({ seq, state: expect.stringMatching(/committed|failed/) })),
      );
      // One kill cuts off one call at the most; what was answered is never asked again.
      const journal = evidence.journal.map(({ answered }) => answered);
      expect(journal).toEqual([1, 1, 1, 1, 1, 1]);
      const cutOff = evidence.journal.reduce((sum, turn) => sum + turn.cutOff, 0);
      const requests = evidence.requests.reduce((sum, count) => sum + count, 0);
      expect(cutOff).toBeLessThanOrEqual(1);
      expect(requests - 6).toBeLessThanOrEqual(cutOff);
      // Between its intent and its start a command leaves nothing that tells whether it ran. Else somebody can tell.
      const isTold = point.type === 'phase' && point.phase !== 'after-intent';
      expect(isTold ? unknown : []).toEqual([]);
      const inbox = await harness.client.inbox();
      expect(inbox.filter(({ runId }) => runId === run.runId)).toEqual([]);
      expect(await wrongEvents(harness.db)).toEqual([]);
    },
  );
});

/** A person looks at the file and says what is true; where it is not there, it may as well run again. */
async function settle({ runId }: StartedScript, target: string): Promise<Settlement> {
  const line = target.includes('alpha') ? 'alpha' : 'beta';
  const shell = await readCopy(harness, runId, 'shell.log');
  if (countLine(shell, line) > 0) return oneOf(['happened', 'happened', 'run-again'], random);
  return oneOf(['did-not-happen', 'run-again'], random);
}

/** How often a command may have run, given what a person said of it. */
function allowedCounts(
  line: string,
  unknown: readonly { readonly target: string; readonly settlement: Settlement }[],
): readonly number[] {
  const settlement = unknown.find(({ target }) => target.includes(line))?.settlement;
  if (settlement === 'did-not-happen') return [0];
  return settlement === 'run-again' ? [1, 2] : [1];
}

function surplus(text: string, lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Math.max(0, countLine(text, line) - 1), 0);
}

function titleOf(point: KillPoint, index: number): string {
  const how = point.after === 'told' ? '' : ', by time-outs';
  if (point.type === 'phase') return `${point.phase} ${point.nth}${how}`;
  if (point.type === 'random') return `event ${point.event} + ${point.delayMs} ms`;
  return `continue-as-new ${index}${how}`;
}
