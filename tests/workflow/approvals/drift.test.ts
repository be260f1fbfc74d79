import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { putDefinition } from '../../../storage/administration.ts';
import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script } from '../../support/runs/run-scripts.ts';
import { eventsOf, openApproval, start } from '../../support/runs/running-runs.ts';

let harness: RunHarness;

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
    scripts: [script('edit', edit, goodbye)],
  });
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

/** Changes a file of the run's own copy behind its back. */
function changeInWorkspace(runId: string, path: string, text: string): void {
  const root = join(harness.home, 'workspaces');
  const id = readdirSync(root).find((name) => name.includes(keyOf(runId)));
  if (id === undefined) throw new Error(`no workspace of ${runId}: ${readdirSync(root).join()}`);
  writeFileSync(join(root, id, 'tree', path), text);
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
});
