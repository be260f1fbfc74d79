import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { gatherEvidence } from '../support/kill/kill-evidence.ts';
import {
  appendByEdit,
  appendByShell,
  countLine,
  finishRun,
  quietEnd,
  readCopy,
  scriptOf,
  startScript,
} from '../support/kill/kill-run.ts';
import { killAndReap, startDoomed } from '../support/kill/kill-worker.ts';
import { pollFor } from '../support/poll.ts';
import { startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';

let harness: RunHarness;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      scriptOf('edits', [appendByEdit('one'), ...quietEnd]),
      scriptOf('commands', [appendByShell('alpha', ' ; sleep 3'), ...quietEnd]),
    ],
    workers: 0,
  });
});

afterAll(async () => harness.stop());

const nobodyAsked = {
  settle: (target: string) => {
    throw new Error(`nothing here is unknown, but ${target} is`);
  },
};

/** The server has given the running activity of a run up, and wants it done by somebody else. */
async function givenUp(runId: string): Promise<void> {
  const handle = harness.temporal.workflow.getHandle(runId);
  await pollFor(
    'the heartbeat time-out',
    async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.find(({ attempt }) => (attempt ?? 0) > 1);
    },
    40_000,
  );
}

describe('a worker that is frozen past its heartbeat time-out in the middle of effects', () => {
  it.each([
    ['while another worker lives', 'with-another'],
    ['as the only worker', 'alone'],
  ] as const)('does them once when it goes on, %s', async (_, company) => {
    const { worker, arm, isStopped } = await startDoomed(harness, {
      phase: 'after-intent',
      nth: 2,
    });
    arm();
    let isThawed = false;
    // The command is under way, and the intent of the edit is written, when the worker stops.
    const commands = await startScript(harness, 'commands');
    const commanding = finishRun(harness, commands.runId, {
      ...nobodyAsked,
      isThere: () => isThawed || !isStopped(),
    });
    commanding.catch(() => undefined);
    await pollFor('the command is under way', async () => {
      const shell = await readCopy(harness, commands.runId, 'shell.log');
      return countLine(shell, 'alpha') > 0 ? true : undefined;
    });
    const edits = await startScript(harness, 'edits');
    await pollFor('the worker stops itself', () => isStopped() || undefined);
    const other = company === 'alone' ? undefined : await harness.startWorker();

    await Promise.all([givenUp(commands.runId), givenUp(edits.runId)]);
    worker.kill('SIGCONT');
    isThawed = true;
    const [edited, commanded] = await Promise.all([
      finishRun(harness, edits.runId, nobodyAsked),
      commanding,
    ]);

    expect([edited.result.status, commanded.result.status]).toEqual(['completed', 'completed']);
    expect(await readCopy(harness, edits.runId, 'log.txt')).toBe('one\nEND\n');
    expect(await readCopy(harness, commands.runId, 'shell.log')).toBe('alpha\n');
    for (const run of [edits, commands]) {
      const { effects } = await gatherEvidence(harness, run);
      expect(effects).toEqual([{ seq: 1, state: 'committed' }]);
    }
    await killAndReap(worker);
    if (other !== undefined) await killAndReap(other);
  });

  it('does not begin an effect any more when its run was closed meanwhile', async () => {
    let scene = await cancelWhileFrozen();
    // The server may hand the cancelled run to a poll of the frozen worker. It comes to the other one only by a
    // time-out then, which may have done the effect before: nothing was closed meanwhile, so it is tried again.
    for (let tries = 1; tries < 4 && scene.isDoneByOther; tries += 1) {
      scene = await cancelWhileFrozen();
    }

    expect(scene.statuses).toEqual(['cancelled', 'completed']);
    expect(scene.owners).toEqual([]);
    expect(scene.file).toBe('END\n');
  });
});

/** Freezes a worker before an intent, lets another one cancel and close its run, and thaws it. */
async function cancelWhileFrozen(): Promise<{
  readonly statuses: readonly string[];
  readonly owners: readonly number[];
  readonly isDoneByOther: boolean;
  readonly file: string;
}> {
  const { worker, arm, isStopped } = await startDoomed(harness, { phase: 'before-intent', nth: 1 });
  arm();
  const { runId } = await startScript(harness, 'edits');
  await pollFor('the worker stops itself', () => isStopped() || undefined);
  const other = await harness.startWorker();
  // The run itself goes to the other worker at once; its activity stays with the frozen one.
  await harness.recoverFrom({ ...worker, identity: 'nobody' });
  // A cancel without a stop row, as the Temporal UI sends it.
  await harness.temporal.workflow.getHandle(runId).cancel();
  const { result } = await finishRun(harness, runId, nobodyAsked);
  await killAndReap(other);
  worker.kill('SIGCONT');
  // It works again when it has ended another run.
  const { runId: nextRun } = await startScript(harness, 'edits');
  const next = await finishRun(harness, nextRun, nobodyAsked);
  await killAndReap(worker);
  const rows = await harness.db
    .selectFrom('effects')
    .select('owner')
    .where('run_id', '=', runId)
    .execute();
  const owners = rows.map(({ owner }) => ownerSchema.parse(owner).pid);
  return {
    statuses: [result.status, next.result.status],
    owners,
    isDoneByOther: owners.length > 0 && owners.every((pid) => pid === other.pid),
    file: await readCopy(harness, runId, 'log.txt'),
  };
}

const ownerSchema = z.object({ pid: z.number() });
