import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { putDefinition } from '../../../storage/administration.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { workerOfOtherBuild } from '../../support/runs/other-build.ts';
import {
  startRunHarness,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start, textsOf } from '../../support/runs/running-runs.ts';

let harness: RunHarness;
let worker: TestWorker;

const edit = calling(
  call('edit_file', { path: 'config.txt', oldText: 'port 1', newText: 'port 2' }),
);
const files = { 'config.txt': 'port 1\n', 'other.txt': 'other\n' };
/** Asks for every edit. */
const asking = {
  schemaVersion: 1,
  name: 'asking',
  mode: 'default',
  rules: [],
  limits: {
    maxTurns: 20,
    timeoutSeconds: 300,
    maxCostMicroUsd: 5_000_000,
    stallDetection: true,
    stallThreshold: 5,
  },
  gates: { requireTestsPass: false, requireLintPass: false, rollbackOnGateFail: false },
};

beforeAll(async () => {
  harness = await startRunHarness({
    workers: 0,
    scripts: [
      script('edit', edit, goodbye),
      script(
        'write',
        calling(call('write_file', { path: 'config.txt', content: 'port 3\n' })),
        goodbye,
      ),
    ],
  });
  worker = await harness.startWorker();
  const policy = { kind: 'policy', name: 'asking', body: asking, origin: 'command' } as const;
  await putDefinition(harness.db, 'default', policy);
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

/** Where a file of the run's own copy is. */
function inWorkspace(runId: string, path: string): string {
  const root = join(harness.home, 'workspaces');
  const id = readdirSync(root).find((name) => name.includes(keyOf(runId)));
  if (id === undefined) throw new Error(`no workspace of ${runId}: ${readdirSync(root).join()}`);
  return join(root, id, 'tree', path);
}

/** Changes a file of the run's own copy behind its back. */
function changeInWorkspace(runId: string, path: string, text: string): void {
  writeFileSync(inWorkspace(runId, path), text);
}

/** Puts a link in the place of a file of the run's own copy. */
function linkInWorkspace(runId: string, path: string, target: string): void {
  const file = inWorkspace(runId, path);
  rmSync(file);
  symlinkSync(target, file);
}

/** Ends the worker and starts one of a build in which the tool `edit_file` is another one. */
async function changeTool(from: string, to: string): Promise<void> {
  const file = 'activities/tools/files/edit-file-tool.js';
  const program = workerOfOtherBuild({ file, from, to });
  worker.kill('SIGKILL');
  await worker.exited;
  await harness.recoverFrom(worker);
  worker = await harness.startWorker(undefined, program);
}

function keyOf(runId: string): string {
  return runId.split('/').at(-1) ?? '';
}

describe('an approved write', () => {
  it('is not done when its file changed meanwhile: it is asked again', async () => {
    const workspace = harness.makeProject(files);
    const runId = await start(harness, 'edit', { workspace, policy: 'asking' });
    const first = await openApproval(harness, runId);
    changeInWorkspace(runId, 'config.txt', 'port 1\nand more\n');

    await harness.client.decide({ approval: first.approvalId, decision: 'approve' });

    const second = await openApproval(harness, runId, first.approvalId);
    expect(second.digest).not.toBe(first.digest);
    const { differences } = await harness.client.getApproval(second.approvalId);
    expect(differences).toEqual(['what it would change is not as it was']);
    expect((await harness.client.getApproval(first.approvalId)).differences).toEqual([]);
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    await harness.client.decide({ approval: second.approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const events = await eventsOf(harness, runId);
    // The decision that did not lead to an effect is on record all the same.
    expect(events.filter(({ type }) => type === 'approval.decided')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'approval.superseded')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'effect.committed')).toHaveLength(1);
  });

  it('is done when another file changed meanwhile', async () => {
    const workspace = harness.makeProject(files);
    const runId = await start(harness, 'edit', { workspace, policy: 'asking' });
    const { approvalId } = await openApproval(harness, runId);
    changeInWorkspace(runId, 'other.txt', 'changed\n');

    await harness.client.decide({ approval: approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const { effects } = await harness.client.getRun(runId);
    expect(effects).toMatchObject([{ tool: 'edit_file', state: 'committed' }]);
  });

  it('is not done through a link that took the place of its file: where it leads is asked for', async () => {
    const workspace = harness.makeProject(files);
    const runId = await start(harness, 'write', { workspace, policy: 'asking' });
    const first = await openApproval(harness, runId);
    linkInWorkspace(runId, 'config.txt', 'other.txt');

    await harness.client.decide({ approval: first.approvalId, decision: 'approve' });

    const second = await openApproval(harness, runId, first.approvalId);
    const { differences, paths, detail } = await harness.client.getApproval(second.approvalId);
    expect(differences).toContain('paths: write config.txt → write other.txt');
    expect(paths).toEqual(['write other.txt']);
    expect(detail).toContain('-other\n+port 3');
    await harness.client.decide({ approval: second.approvalId, decision: 'reject', reason: 'no' });
    await harness.client.waitForRun(runId);
    expect(readFileSync(inWorkspace(runId, 'other.txt'), 'utf8')).toBe('other\n');
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    expect(await mismatchesOf(runId)).toHaveLength(1);
  });

  it('is refused through a link that leads out of the workspace, and the model is told', async () => {
    const outside = join(mkdtempSync(join(tmpdir(), 'holdfast-outside-')), 'config.txt');
    writeFileSync(outside, 'port 1\n');
    const workspace = harness.makeProject(files);
    const runId = await start(harness, 'write', { workspace, policy: 'asking' });
    const { approvalId } = await openApproval(harness, runId);
    linkInWorkspace(runId, 'config.txt', outside);

    await harness.client.decide({ approval: approvalId, decision: 'approve' });

    await harness.client.waitForRun(runId);
    expect(readFileSync(outside, 'utf8')).toBe('port 1\n');
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    expect((await textsOf(harness, runId, 'tool')).join('\n')).toContain('access_denied');
    expect(await mismatchesOf(runId)).toHaveLength(1);
  });
});

describe('an approval over a change of the program', () => {
  it('holds when only the words for the model are others', async () => {
    const workspace = harness.makeProject(files);
    const runId = await start(harness, 'edit', { workspace, policy: 'asking' });
    const { approvalId } = await openApproval(harness, runId);
    await changeTool('Text to put in its place', 'What stands there afterwards');

    const same = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });

    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect(same.approvalId).toBe(approvalId);
    const events = await eventsOf(harness, runId);
    expect(events.filter(({ type }) => type === 'approval.superseded')).toEqual([]);
  });

  it('is asked again when the tool takes other arguments now, and says so', async () => {
    const workspace = harness.makeProject(files);
    const runId = await start(harness, 'edit', { workspace, policy: 'asking' });
    const first = await openApproval(harness, runId);
    await changeTool('const maxText = 200_000;', 'const maxText = 100_000;');

    await harness.client.decide({ approval: first.approvalId, decision: 'approve' });

    const second = await openApproval(harness, runId, first.approvalId);
    const { differences } = await harness.client.getApproval(second.approvalId);
    expect(differences).toEqual(['the tool is another version of itself']);
    expect((await harness.client.getRun(runId)).effects).toEqual([]);
    await harness.client.decide({ approval: second.approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    expect((await harness.client.getApproval(first.approvalId)).state).toBe('superseded');
    expect(readFileSync(inWorkspace(runId, 'config.txt'), 'utf8')).toBe('port 2\n');
  });
});

async function mismatchesOf(runId: string): Promise<readonly unknown[]> {
  const events = await eventsOf(harness, runId);
  return events.filter(
    ({ type, data }) => type === 'security.event' && data['kind'] === 'digest_mismatch',
  );
}
