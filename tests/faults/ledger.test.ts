import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';

import { loadConfiguration } from '../../storage/definitions/load-configuration.ts';
import { loadSettings } from '../../storage/home/settings-file.ts';
import {
  appendByEdit,
  appendByShell,
  finishRun,
  quietEnd,
  readCopy,
  rewriteCopy,
  scriptOf,
  startScript,
  type Settlement,
} from '../support/kill/kill-run.ts';
import { killAndReap, startDoomed, type DoomedWorker } from '../support/kill/kill-worker.ts';
import { pollFor } from '../support/poll.ts';
import { conversation, startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';

let harness: RunHarness;
let doomed: DoomedWorker;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [
      scriptOf('edits', [appendByEdit('one'), appendByEdit('two'), ...quietEnd]),
      scriptOf('commands', [appendByShell('alpha'), appendByEdit('two'), ...quietEnd]),
    ],
    workers: 0,
  });
});

afterAll(async () => harness.stop());

/** Stops a run at a phase, kills its worker, lets the test change the stores, and goes on with another worker. */
async function interrupted(
  at: {
    readonly phase: string;
    readonly nth: number;
    readonly script: string;
    readonly policy?: string;
  },
  meddle: (runId: string) => Promise<unknown>,
): Promise<string> {
  doomed = await startDoomed(harness, at);
  doomed.arm();
  const { runId } = await startScript(harness, at.script, at);
  void finishRun(harness, runId, {
    settle: () => 'happened',
    isThere: () => !doomed.isStopped(),
  }).catch(() => undefined);
  await pollFor('the worker stops itself', () => doomed.isStopped() || undefined);
  await meddle(runId);
  await killAndReap(doomed.worker);
  const next = await harness.startWorker();
  await harness.recoverFrom(doomed.worker);
  workers.push(next);
  return runId;
}

/** Puts the ledger back to a state before the effects of a run. */
async function loseEffects(runId: string): Promise<void> {
  await harness.db.deleteFrom('effects').where('run_id', '=', runId).execute();
}

/** Files in which this host keeps what it has begun. */
async function marksOf({ home }: RunHarness): Promise<readonly string[]> {
  const entries = await readdir(join(home, 'begun'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Loads a policy with one verdict on edits. */
async function configure(verdict: 'allow' | 'deny'): Promise<void> {
  const limits = { maxTurns: 20, timeoutSeconds: 300, maxCostMicroUsd: 5_000_000 };
  const rules = [{ name: 'edits', tool: 'edit_file', verdict }];
  const mended = { schemaVersion: 1, name: 'mended', mode: 'acceptEdits', rules, limits };
  const path = join(harness.home, 'policies');
  await writeFile(join(path, 'mended.yaml'), JSON.stringify(mended));
  const { settings } = loadSettings({ home: harness.home, variables: {}, flags: {} });
  const policiesFolder = { path, isNamed: true };
  await loadConfiguration(harness.db, 'default', { settings, policiesFolder, variables: {} });
}

/** Removes all that commands leave behind for the next worker. */
async function wipeLaunches(): Promise<void> {
  await rm(join(harness.home, 'sandbox', 'effects'), { recursive: true });
}

let workers: Awaited<ReturnType<RunHarness['startWorker']>>[] = [];

beforeEach(() => {
  workers = [];
});

afterEach(async () => {
  await Promise.all(workers.map(killAndReap));
});

/** Waits until the run waits for a person, for whatever reason. */
async function paused(runId: string, reason: string): Promise<string> {
  return pollFor(`${runId} is paused`, async () => {
    const run = await harness.client.getRun(runId).catch(() => undefined);
    return run?.pause === reason ? (run.message ?? '') : undefined;
  });
}

async function settle(runId: string, settlement: Settlement): Promise<unknown> {
  return finishRun(harness, runId, { settle: () => settlement });
}

describe('the ledger', () => {
  it('runs nothing when another call stands at the position, and a person settles it', async () => {
    const runId = await interrupted(
      { phase: 'after-outcome', nth: 1, script: 'edits' },
      async (run) =>
        harness.db
          .updateTable('effects')
          .set({ digest: 'of-another-call' })
          .where('run_id', '=', run)
          .execute(),
    );

    await paused(runId, 'effect_unknown');
    const before = await readCopy(harness, runId, 'log.txt');
    const effects = await harness.client.listEffects({ run: runId });
    await settle(runId, 'happened');

    expect(before).toBe('one\nEND\n');
    expect(effects).toHaveLength(1);
    expect(await readCopy(harness, runId, 'log.txt')).toBe('one\ntwo\nEND\n');
    // The settlement was signed: without a proof it would be nobody's.
    const events = await harness.db
      .selectFrom('events')
      .select('data')
      .where('run_id', '=', runId)
      .where('type', '=', 'effect.settled')
      .execute();
    expect(events.map(({ data }) => data)).toMatchObject([{ by: 'tester' }]);
  });

  it('starts nothing behind a gap', async () => {
    const runId = await interrupted(
      { phase: 'before-intent', nth: 2, script: 'edits' },
      async (run) => harness.db.deleteFrom('effects').where('run_id', '=', run).execute(),
    );

    const message = await paused(runId, 'effect_unknown');

    expect(message).toContain('the ledger lacks effect 1');
    expect(await readCopy(harness, runId, 'log.txt')).toBe('one\nEND\n');
    expect(await harness.client.listEffects({ run: runId })).toEqual([]);
    await harness.client.cancelRun(runId, 'tested');
    await finishRun(harness, runId, { settle: () => 'happened' });
  });

  it('performs nothing where this host has begun another call that the ledger lost, and asks', async () => {
    const runId = await interrupted(
      { phase: 'after-act', nth: 1, script: 'edits' },
      async (run) => {
        await loseEffects(run);
        for (const mark of await marksOf(harness)) await writeFile(mark, '7000 of-another-call\n');
        await rewriteCopy(harness, run, { 'log.txt': 'END\n' });
      },
    );

    await paused(runId, 'effect_unknown');
    const before = await readCopy(harness, runId, 'log.txt');
    await settle(runId, 'run-again');

    expect(before).toBe('END\n');
    expect(await readCopy(harness, runId, 'log.txt')).toBe('one\ntwo\nEND\n');
  });

  it('judges a call again that it lost and that did not happen, by the rules of now', async () => {
    await configure('allow');
    const runId = await interrupted(
      { phase: 'after-act', nth: 1, script: 'edits', policy: 'mended' },
      async (run) => {
        await loseEffects(run);
        await rewriteCopy(harness, run, { 'log.txt': 'END\n' });
        await configure('deny');
      },
    );

    await settle(runId, 'happened');

    expect(await readCopy(harness, runId, 'log.txt')).toBe('END\n');
    const denied = await harness.db
      .selectFrom('events')
      .select('data')
      .where('run_id', '=', runId)
      .where('type', '=', 'tool.denied')
      .execute();
    expect(denied.map(({ data }) => data)[0]).toMatchObject({ rule: 'mended/edits' });
    expect(await harness.client.listEffects({ run: runId })).toEqual([]);
  });

  it('does not begin an effect while the one before it is unknown', async () => {
    const runId = await interrupted({ phase: 'after-act', nth: 1, script: 'commands' }, async () =>
      wipeLaunches(),
    );

    await paused(runId, 'effect_unknown');
    const effects = await harness.client.listEffects({ run: runId });
    await settle(runId, 'happened');

    expect(effects.map(({ state }) => state)).toEqual(['unknown']);
    expect(await readCopy(harness, runId, 'shell.log')).toBe('alpha\n');
    expect(await readCopy(harness, runId, 'log.txt')).toBe('two\nEND\n');
  });

  it('never closes a run over an intent: a cancelled run asks first', async () => {
    const runId = await interrupted(
      { phase: 'after-intent', nth: 1, script: 'commands' },
      async (run) => harness.client.cancelRun(run, 'no longer wanted'),
    );

    await paused(runId, 'effect_unknown');
    const open = await harness.client.listEffects({ run: runId });
    const { result, unknown } = await finishRun(harness, runId, { settle: () => 'did-not-happen' });

    expect(open.map(({ state }) => state)).toEqual(['unknown']);
    expect(unknown).toHaveLength(1);
    expect(result.status).toBe('cancelled');
    const effects = await harness.client.listEffects({ run: runId });
    expect(effects.map(({ state }) => state)).toEqual(['failed']);
  });

  it('settles an edit by looking when its run is cancelled in the middle', async () => {
    const runId = await interrupted(
      { phase: 'after-intent', nth: 1, script: 'edits' },
      async (run) => harness.client.cancelRun(run, 'no longer wanted'),
    );

    const { result, unknown } = await finishRun(harness, runId, { settle: () => 'happened' });

    expect([result.status, unknown]).toEqual(['cancelled', []]);
    const effects = await harness.client.listEffects({ run: runId });
    expect(effects.map(({ state }) => state)).toEqual(['failed']);
    expect(await readCopy(harness, runId, 'log.txt')).toBe('END\n');
  });

  it('pauses when the text of a result is gone, and names its hash', async () => {
    let hash = '';
    const runId = await interrupted(
      { phase: 'after-outcome', nth: 1, script: 'edits' },
      async (run) => {
        const row = await harness.db
          .selectFrom('effects')
          .select('result')
          .where('run_id', '=', run)
          .executeTakeFirstOrThrow();
        hash = row.result ?? '';
        await harness.db.deleteFrom('blobs').where('hash', '=', hash).execute();
      },
    );

    const message = await paused(runId, 'blob_missing');

    expect(hash).not.toBe('');
    expect(message).toContain(hash);
    await harness.client.cancelRun(runId, 'tested');
    await finishRun(harness, runId, { settle: () => 'happened' });
  });

  it('refuses a run under an id that another run had', async () => {
    workers.push(await harness.startWorker());
    const { runId } = await startScript(harness, 'edits');
    await finishRun(harness, runId, { settle: () => 'happened' });
    const key = 'used-long-ago';
    await harness.db
      .updateTable('runs')
      .set({ run_id: `run/default/${key}` })
      .where('run_id', '=', runId)
      .execute();

    // Temporal has forgotten the old run, so it takes the id; the client would have refused it by the row.
    const start = {
      tenant: 'default',
      project: 'default',
      requestedBy: { kind: 'person', name: 'tester' },
      request: { prompt: conversation('edits'), policy: 'headless-safe-sandbox' },
    };
    const handle = await harness.temporal.workflow.start('runWorkflow', {
      workflowId: `run/default/${key}`,
      taskQueue: 'holdfast',
      args: [start],
    });

    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'conflict' } });
  });
});
