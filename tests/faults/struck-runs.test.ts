import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { wrongEvents } from '../support/check-events.ts';
import { faultTable, type Struck } from '../support/faults/fault-table.ts';
import { openScene, type Scene } from '../support/faults/scene.ts';
import {
  everyStrike,
  momentName,
  someStrikes,
  strikeName,
  type Strike,
} from '../support/faults/strikes.ts';
import {
  endStruck,
  startStruck,
  struckScript,
  type Marks,
  type StruckEnd,
  type StruckRun,
} from '../support/faults/struck-run.ts';
import { gatherEvidence } from '../support/kill/kill-evidence.ts';
import { seeded } from '../support/kill/kill-random.ts';
import { pollFor } from '../support/poll.ts';
import type { RunHarness } from '../support/runs/run-harness.ts';

/** Another seed moves the phases' visits and the random moments; the same one repeats them. */
const seed = Number(process.env['FAULTS_SEED'] ?? 20_261_121);
const strikes = process.env['FAULTS'] === 'long' ? everyStrike(seed, 2) : someStrikes(seed);
const random = seeded(seed);
/** Runs under one fault: more would only wait for each other. */
const together = 2;

let scene: Scene;
const results: Struck[] = [];

beforeAll(async () => {
  scene = await openScene([struckScript]);
});

afterEach(async () => scene.clear());

afterAll(async () => {
  process.stdout.write(`seed ${seed}\n${faultTable(results)}`);
  await scene.stop();
});

describe('runs in the middle of a fault', () => {
  it.each(strikes.map((strike) => ({ title: strikeName(strike), strike })))(
    'end, and nothing happens twice unnoticed: $title',
    async ({ strike }) => {
      const { harness } = scene;
      const doomed = await scene.startFor(strike);
      let state: 'before' | 'down' | 'up' = 'before';
      const isThere = (): boolean => state === 'up' || (state === 'before' && !doomed.isStopped());
      const runs = await Promise.all(
        Array.from({ length: together }, async () => startStruck(harness)),
      );
      const [first] = runs;
      if (first === undefined) throw new Error('nothing runs');
      // A database that never heard of a run cannot be asked about it.
      await Promise.all(runs.map(async ({ runId }) => opened(harness, runId)));
      doomed.arm();
      const ends = Promise.all(
        runs.map(async (run) => endStruck(harness, run, { isThere, random })),
      );
      ends.catch(() => undefined);

      await scene.strike({
        strike,
        doomed,
        runId: first.runId,
        onChange: (next) => (state = next),
      });
      const ended = await ends;

      for (const [index, end] of ended.entries()) {
        const run = runs[index];
        if (run !== undefined) await judge(run, end, strike);
      }
      const inbox = await harness.client.inbox();
      expect(inbox.filter(({ runId }) => runs.some((run) => run.runId === runId))).toEqual([]);
      expect(await wrongEvents(harness.db)).toEqual([]);
    },
  );
});

async function opened({ db }: RunHarness, runId: string): Promise<void> {
  await pollFor(`${runId} is opened`, async () =>
    db.selectFrom('runs').select('run_id').where('run_id', '=', runId).executeTakeFirst(),
  );
}

/** Counts from outside what a run did, and holds it against what the system says of it. */
async function judge(run: StruckRun, end: StruckEnd, strike: Strike): Promise<void> {
  const marks = run.marks();
  const names: readonly (keyof Marks)[] = ['one', 'two', 'alpha', 'pushed'];
  const isRolledBack = strike.fault.endsWith('back');
  const repeated = names.filter((name) => marks[name] > most(name, end)).length;
  const lost =
    end.result.status === 'completed'
      ? names.filter((name) => marks[name] < least(name, end)).length
      : 0;
  results.push({
    fault: strike.fault,
    moment: momentName(strike.moment),
    hasEnded: true,
    repeated,
    lost,
    unknown: end.unknown.length,
    hasGivenUp: end.gaveUp !== undefined,
  });
  expect({ repeated, lost, marks, end }).toMatchObject({ repeated: 0, lost: 0 });
  expect(endingOf(end, isRolledBack)).toBe('as it should');
  if (end.gaveUp !== undefined) return;
  const evidence = await gatherEvidence(scene.harness, run);
  expect(evidence.effects).toEqual(
    [1, 2, 3, 4].map((seq) => ({ seq, state: expect.stringMatching(/committed|failed/) })),
  );
  if (isRolledBack) return;
  // One fault cuts off one call at the most; what was answered is never asked again.
  expect(evidence.journal.map(({ answered }) => answered)).toEqual([1, 1, 1, 1, 1, 1]);
  const requests = evidence.requests.reduce((sum, count) => sum + count, 0);
  expect(requests - 6).toBeLessThanOrEqual(1);
}

/** What is wrong with the end of a run: only a store that was put back may leave one that says what it misses. */
function endingOf({ result, gaveUp }: StruckEnd, isRolledBack: boolean): string {
  const { status, stopReason } = result;
  const isSaid = /^(effect_unknown|blob_missing): .+/.test(gaveUp ?? '');
  if (isRolledBack && isSaid && status === 'cancelled') return 'as it should';
  if (gaveUp === undefined && status === 'completed' && stopReason === 'finished')
    return 'as it should';
  return JSON.stringify({ status, stopReason, gaveUp });
}

function saidOf(name: keyof Marks, { unknown }: StruckEnd): readonly string[] {
  return unknown.filter(({ mark }) => mark === name).map(({ settlement }) => settlement);
}

/** How often an effect may be found, given what a person said of it. */
function most(name: keyof Marks, end: StruckEnd): number {
  return 1 + saidOf(name, end).filter((said) => said === 'run-again').length;
}

function least(name: keyof Marks, end: StruckEnd): number {
  return saidOf(name, end).at(-1) === 'did-not-happen' ? 0 : 1;
}
