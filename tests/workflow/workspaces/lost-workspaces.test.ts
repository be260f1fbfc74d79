import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { workspaceIdOf } from '../../../activities/workspace/make-workspace.ts';
import { getKept } from '../../../storage/workspaces/bundles.ts';
import { pollFor } from '../../support/poll.ts';
import { beQuiet, replayAll } from '../../support/runs/replay-histories.ts';
import {
  makeProject,
  startRunHarness,
  type OtherHost,
  type RunHarness,
  type TestWorker,
} from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  textsOf,
  whenRun,
} from '../../support/runs/running-runs.ts';
import { shell as bash, treeOf } from '../tools/workspace-bench.ts';

const write = (path: string, content: string) => calling(call('write_file', { path, content }));

let harness: RunHarness;
let worker: TestWorker;

beforeAll(async () => {
  beQuiet();
  harness = await startRunHarness({
    workers: 0,
    settings: { bundles: { maxMegabytes: 8, exclude: ['left-out/**'] } },
    scripts: [
      script(
        'waiting',
        write('made.txt', 'made\n'),
        write('ignored/kept.txt', 'ignored, and made by the run\n'),
        calling(
          shell('cat made.txt ignored/*.txt > all.txt; chmod +x all.txt; ln -s all.txt link'),
        ),
        calling(shell('cat all.txt; git log --format=%s')),
        goodbye,
      ),
      script(
        'losing',
        write('first.txt', 'first\n'),
        calling(shell('printf second > second.txt')),
        calling(call('read_file', { path: 'first.txt' })),
        goodbye,
      ),
    ],
  });
  worker = await harness.startWorker();
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

/** A repository with ignored files, an executable one and a link. */
async function makeRepository(): Promise<string> {
  const source = makeProject({
    '.gitignore': 'ignored\nleft-out\n',
    'tool.sh': '#!/bin/sh\n',
    'deep/a.txt': 'a\n',
  });
  chmodSync(source, 0o755);
  await bash(
    source,
    `chmod +x tool.sh; ln -s deep/a.txt to-a; git init -q -b main; git add -A; git commit -qm first
     mkdir ignored; echo ignored > ignored/old.txt; echo staged > staged.txt; git add staged.txt`,
  );
  return source;
}

const folderOf = (runId: string, home = harness.home): string =>
  join(home, 'workspaces', workspaceIdOf(runId));
const treeOfRun = async (runId: string, home = harness.home) =>
  treeOf(join(folderOf(runId, home), 'tree'), 'with-git');

/** Waits until everything is in a bundle that the effects of the run have changed. */
async function whenBundled(runId: string, behind: number): Promise<void> {
  await pollFor('the workspace is in a bundle', async () => {
    const kept = await getKept(harness.db, workspaceIdOf(runId));
    return kept !== undefined && kept.parts.length > 0 && kept.behind === behind ? kept : undefined;
  });
}

const approve = async (runId: string, except?: string): Promise<string> => {
  const { approvalId } = await openApproval(harness, runId, except);
  await harness.client.decide({ approval: approvalId, decision: 'approve' });
  return approvalId;
};

const wipe = (runId: string): void => rmSync(folderOf(runId), { recursive: true, force: true });

async function killWorker(): Promise<void> {
  worker.kill('SIGKILL');
  await worker.exited;
  await harness.recoverFrom(worker);
}

/** Why the run waits, as people read it. */
const whyHeld = async (runId: string): Promise<string> => {
  await whenRun(harness, runId, ({ pause }) => pause === 'workspace_lost');
  return pollFor('the reason is written down', async () => {
    const { pause, message } = await harness.client.getRun(runId);
    return pause === 'workspace_lost' ? (message ?? undefined) : undefined;
  });
};

const restoredEvents = async (runId: string) =>
  (await eventsOf(harness, runId)).filter(({ type }) => type === 'workspace.restored');

describe('a run whose workspace is deleted while it waits', () => {
  it('goes on in a restored one that is equal byte for byte', async () => {
    const runId = await start(harness, 'waiting', { workspace: await makeRepository() });
    const first = await openApproval(harness, runId);
    await whenBundled(runId, 2);
    const before = await treeOfRun(runId);
    const { mtimeMs } = await stat(join(folderOf(runId), 'tree/deep/a.txt'));
    const { uid } = await stat(join(folderOf(runId), 'tree/made.txt'));

    wipe(runId);
    await approve(runId);

    const second = await openApproval(harness, runId, first.approvalId);
    const { 'all.txt': all, link, ...rest } = await treeOfRun(runId);
    expect([all, link]).toEqual([expect.stringMatching(/^7/), 'link all.txt']);
    expect(rest).toEqual(before);
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining([
        'ignored/kept.txt',
        'ignored/old.txt',
        'to-a',
        '.git/HEAD',
        '.git/index',
      ]),
    );
    expect((await stat(join(folderOf(runId), 'tree/deep/a.txt'))).mtimeMs).toBeCloseTo(mtimeMs, 1);
    expect((await stat(join(folderOf(runId), 'tree/made.txt'))).uid).toBe(uid);
    await harness.client.decide({ approval: second.approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
    expect((await textsOf(harness, runId, 'tool')).join('\n')).toContain('made by the run');
    expect(await restoredEvents(runId)).toMatchObject([{ data: { behind: 2, lostCount: 0 } }]);
    const { patch } = await harness.client.diffRun(runId);
    expect(Buffer.from(patch).toString('utf8')).toContain('+made');
  });

  it('is held, and its model told, when changes were made behind the bundle', async () => {
    await killWorker();
    const file = join(harness.home, `stopped-${randomUUID()}`);
    const doomed = await harness.startWorker({ phase: 'after-outcome', nth: 2, file });
    const runId = await start(harness, 'losing');
    await openApproval(harness, runId);
    await whenBundled(runId, 1);
    await approve(runId);
    await pollFor('the second effect is done', () => (existsSync(file) ? true : undefined));
    doomed.kill('SIGKILL');
    await doomed.exited;
    await harness.recoverFrom(doomed);

    wipe(runId);
    worker = await harness.startWorker();

    const message = await whyHeld(runId);
    expect(message).toMatch(/was lost and is restored as of .*printf second/);
    expect(await restoredEvents(runId)).toMatchObject([
      { data: { behind: 1, lostCount: 1, lost: [{ tool: 'shell', state: 'committed' }] } },
    ]);
    await harness.client.resumeRun(runId, undefined);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    const heard = (await textsOf(harness, runId, 'user')).join('\n');
    expect(heard).toMatch(/The changes of these calls are NOT in it[^]*printf second/);
    expect(Object.keys(await treeOfRun(runId))).toEqual(['first.txt']);
  });

  it('is held when no bundle was made, and goes on when the folder is back', async () => {
    const runId = await start(harness, 'losing');
    await openApproval(harness, runId);
    await whenBundled(runId, 1);
    await sql`delete from workspace_bundles where run_id = ${runId}`.execute(harness.db);
    const aside = `${folderOf(runId)}-aside`;
    await bash('/', `cp -a ${folderOf(runId)} ${aside}`);

    wipe(runId);
    await approve(runId);

    const message = await whyHeld(runId);
    expect(message).toContain('nothing of it was in a bundle yet');
    await bash('/', `mv ${aside} ${folderOf(runId)}`);
    await harness.client.resumeRun(runId, undefined);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  });
});

describe('large files', () => {
  it('are kept without their holes, and a workspace that is too large is said to be in no bundle', async () => {
    const sparse = await makeRepository();
    const file = await open(join(sparse, 'ignored/sparse.bin'), 'w');
    await file.truncate(1024 ** 3);
    await file.write('end', 1024 ** 3 - 3);
    await file.close();
    const large = await makeRepository();
    await bash(large, 'head -c 9000000 /dev/urandom > ignored/large.bin');
    const runIds = await Promise.all(
      [sparse, large].map(async (workspace) => start(harness, 'losing', { workspace })),
    );
    const [kept = '', notKept = ''] = runIds;
    await Promise.all(runIds.map(async (runId) => openApproval(harness, runId)));
    await whenBundled(kept, 1);
    await pollFor('it is said that it is too large', async () =>
      (await eventsOf(harness, notKept)).find(({ type }) => type === 'workspace.unkept'),
    );

    runIds.forEach((runId) => wipe(runId));
    await Promise.all(runIds.map(async (runId) => approve(runId)));

    expect(await whyHeld(notKept)).toContain('allows 8');
    await harness.client.cancelRun(notKept, 'enough');
    await harness.client.waitForRun(kept);
    const restored = await stat(join(folderOf(kept), 'tree/ignored/sparse.bin'));
    expect(restored.size).toBe(1024 ** 3);
    expect(restored.blocks * 512).toBeLessThan(8 * 1024 ** 2);
    expect(await bash(folderOf(kept), 'tail -c 3 tree/ignored/sparse.bin')).toBe('end');
  });
});

describe('another host', () => {
  it('waits while the first one lives, then takes its workspaces over', async () => {
    const runId = await start(harness, 'waiting', { workspace: await makeRepository() });
    const { approvalId } = await openApproval(harness, runId);
    await whenBundled(runId, 2);
    const before = await treeOfRun(runId);
    await killWorker();
    const other: OtherHost = {
      hostName: 'other',
      home: mkdtempSync(join(tmpdir(), 'other-host-')),
    };
    chmodSync(other.home, 0o755);
    copyFileSync(join(harness.home, 'holdfast.yaml'), join(other.home, 'holdfast.yaml'));
    const second = await harness.startWorker(undefined, undefined, other);

    await approve(runId);
    const handle = harness.temporal.workflow.getHandle(runId);
    const waits = await pollFor('it waits for the first host', async () => {
      const { raw } = await handle.describe();
      const [pending] = raw.pendingActivities ?? [];
      return (pending?.attempt ?? 0) > 1 ? pending?.lastFailure?.message : undefined;
    });
    expect(waits).toContain('which is alive');
    await sql`update workspace_hosts set seen_at = seen_at - interval '1 minute' where host <> 'other'`.execute(
      harness.db,
    );

    await openApproval(harness, runId, approvalId);
    const { 'all.txt': all, link, ...rest } = await treeOfRun(runId, other.home);
    expect([all, link]).toEqual([expect.any(String), 'link all.txt']);
    expect(rest).toEqual(before);
    expect(await restoredEvents(runId)).toMatchObject([{ data: { to: 'other', lostCount: 0 } }]);
    await approve(runId, approvalId);
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
    second.kill('SIGKILL');
    await second.exited;
    rmSync(other.home, { recursive: true, force: true });
    worker = await harness.startWorker();
  });
});
