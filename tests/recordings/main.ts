// Records histories of the present build: node --import tsx tests/recordings/main.ts [NAME]. Build first. Recordings of
// what was shipped stay as they are: name the new one.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { undoWorkflowIdOf } from '../../domain/effects/undo.ts';
import { upkeepIdOf } from '../../domain/upkeep/activities.ts';
import { pollFor } from '../support/poll.ts';
import {
  holding,
  lockingPolicy,
  lockingWorker,
  passing,
  startLocking,
} from '../support/runs/locking-runs.ts';
import { executionsOf, historyOf } from '../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';
import { call, calling, finishing, goodbye, script, shell } from '../support/runs/run-scripts.ts';
import { openApproval, start, whenEvent, whenRun } from '../support/runs/running-runs.ts';

const scripts = [
  script('plain', calling(call('list_files'), call('git_status')), finishing('done')),
  script('approval', calling(shell('printf made > made.txt')), goodbye),
  script(
    'continue-as-new',
    { ...calling(call('write_file', { path: '{{position}}.txt', content: 'x' })), repeat: 8 },
    goodbye,
  ),
  script('cancel', calling(shell('printf made > made.txt')), goodbye),
  script('unknown-effect', calling(shell('printf made > made.txt')), goodbye),
  script('undo', calling(call('write_file', { path: 'made.txt', content: 'x' })), goodbye),
];

/** Writes the history of one execution; the newest one when none is named. */
async function record(
  harness: RunHarness,
  { name, runId }: { readonly name: string; readonly runId: string },
  executionId?: string,
): Promise<void> {
  const file = new URL(`${name}.json`, import.meta.url);
  writeFileSync(file, `${await historyOf(harness, runId, executionId)}\n`);
}

async function approve(harness: RunHarness, runId: string): Promise<void> {
  const { approvalId } = await openApproval(harness, runId);
  await harness.client.decide({ approval: approvalId, decision: 'approve' });
}

async function recordPlain(harness: RunHarness): Promise<void> {
  const runId = await start(harness, 'plain', { specialist: 'research' });
  await harness.client.waitForRun(runId);
  await record(harness, { name: 'plain', runId });
}

async function recordApproval(harness: RunHarness): Promise<void> {
  const runId = await start(harness, 'approval');
  await openApproval(harness, runId);
  await harness.client.messageRun(runId, 'and be quick');
  await harness.temporal.workflow.getHandle(runId).signal('approve', { approvalId: 'none' });
  await harness.client.pauseRun(runId, 'lunch');
  await whenRun(harness, runId, ({ pause }) => pause === 'person');
  await approve(harness, runId);
  await harness.client.resumeRun(runId, undefined);
  await harness.client.waitForRun(runId);
  await record(harness, { name: 'approval', runId });
}

async function recordCancel(harness: RunHarness): Promise<void> {
  const runId = await start(harness, 'cancel');
  await openApproval(harness, runId);
  await harness.client.cancelRun(runId, 'enough');
  await harness.client.waitForRun(runId);
  await record(harness, { name: 'cancel', runId });
}

async function recordUnknown(harness: RunHarness): Promise<void> {
  const file = join(harness.home, 'paused');
  const worker = await harness.startWorker({ phase: 'after-intent', nth: 1, file });
  const runId = await start(harness, 'unknown-effect');
  await approve(harness, runId);
  await pollFor('the worker stops behind the intent', () => existsSync(file) || undefined);
  worker.kill('SIGKILL');
  await worker.exited;
  await harness.recoverFrom(worker);
  await harness.startWorker();
  await whenRun(harness, runId, ({ pause }) => pause === 'effect_unknown');
  const effect = await pollFor('the effect is unknown', async () => {
    const [found] = await harness.client.listEffects({ run: runId, state: 'unknown' });
    return found?.callId;
  });
  await harness.client.settleEffect({ effect, settlement: 'run-again', reason: 'it was killed' });
  await harness.client.waitForRun(runId);
  await record(harness, { name: 'unknown-effect', runId });
}

async function recordUndo(harness: RunHarness): Promise<void> {
  const run = await start(harness, 'undo', { policy: 'trusted-mount-autonomous' });
  await harness.client.waitForRun(run);
  const [effect] = await harness.client.listEffects({ run });
  const callId = effect?.callId ?? '';
  await harness.client.undoEffect(await harness.client.previewUndo(callId));
  await record(harness, { name: 'undo', runId: undoWorkflowIdOf(callId) });
}

/** A lock that two runs want one after the other, that is looked after and broken; and the run that waited for it. */
async function recordLock(): Promise<void> {
  const locked = await startRunHarness({
    scripts: [holding('h1', 'exclusive=host:h1'), passing('pass-h1', 'exclusive=host:h1')],
    policies: [lockingPolicy],
    workers: 0,
  });
  await locked.startWorker(undefined, lockingWorker());
  const first = await startLocking(locked, 'h1');
  await whenEvent(locked, first, 'lock.granted');
  const second = await startLocking(locked, 'pass-h1');
  const lockId = 'lock/default/host/h1';
  const handle = locked.temporal.workflow.getHandle(lockId);
  await pollFor('a look at the holders', async () => {
    const { events } = await handle.fetchHistory();
    const types = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType);
    return types?.some((type) => type?.name === 'lookAtHolders') === true ? true : undefined;
  });
  const { name, holders } = await locked.client.locks.show('host:h1');
  const fences = holders.map(({ fence }) => fence);
  await locked.client.locks.break({ name, fences, reason: 'recorded' });
  await locked.client.waitForRun(second);
  await handle.result();
  await record(locked, { name: 'lock', runId: lockId });
  await record(locked, { name: 'locked-run', runId: second });
  await locked.stop();
}

/** Cancelled in its first round: a whole one takes half an hour. */
async function recordUpkeep(harness: RunHarness): Promise<void> {
  const runId = upkeepIdOf('default');
  const handle = harness.temporal.workflow.getHandle(runId);
  await pollFor('its duties are taken up', async () => {
    const { raw } = await handle.describe();
    const duties = raw.pendingActivities ?? [];
    return duties.length === 2 && duties.every(({ attempt }) => attempt === 1) ? true : undefined;
  });
  await handle.cancel();
  await handle.result().catch(() => undefined);
  await record(harness, { name: 'upkeep', runId });
}

async function recordContinueAsNew(harness: RunHarness): Promise<void> {
  const runId = await start(harness, 'continue-as-new');
  await harness.client.waitForRun(runId);
  const all = (await executionsOf(harness)).filter(({ workflowId }) => workflowId === runId);
  // Newest first.
  await record(harness, { name: 'continue-as-new-last', runId }, all[0]?.executionId);
  await record(harness, { name: 'continue-as-new-first', runId }, all.at(-1)?.executionId);
}

const [only] = process.argv.slice(2);
const isWanted = (name: string): boolean => only === undefined || only === name;

const harness = await startRunHarness({ scripts, workers: 0, upkeep: true });
const recorders: readonly (readonly [string, (harness: RunHarness) => Promise<void>])[] = [
  ['unknown-effect', recordUnknown],
  ['plain', recordPlain],
  ['approval', recordApproval],
  ['cancel', recordCancel],
  ['undo', recordUndo],
  ['upkeep', recordUpkeep],
];
if (!isWanted('unknown-effect')) await harness.startWorker();
for (const [name, recorder] of recorders) if (isWanted(name)) await recorder(harness);
await harness.stop();
if (isWanted('continue-as-new')) {
  const short = await startRunHarness({ scripts, continueAsNewAfter: 40 });
  await recordContinueAsNew(short);
  await short.stop();
}
if (isWanted('lock')) await recordLock();
