import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';

import { finishRun, scriptOf } from '../support/kill/kill-run.ts';
import { killTable, type KillResult } from '../support/kill/kill-table.ts';
import { killAndReap, startDoomed } from '../support/kill/kill-worker.ts';
import { pollFor } from '../support/poll.ts';
import { makeProject, startRunHarness, type RunHarness } from '../support/runs/run-harness.ts';
import { call, calling, goodbye } from '../support/runs/run-scripts.ts';

let harness: RunHarness;
let remotes: string;

beforeAll(async () => {
  remotes = makeProject({ readme: 'bare repositories\n' });
  await execa('chmod', ['755', remotes]);
  harness = await startRunHarness({
    settings: { allowedRepositories: [remotes] },
    scripts: [
      scriptOf('deliver', [
        calling(call('write_file', { path: 'a.txt', content: 'two\n' })),
        calling(call('git_branch', { name: 'topic', action: 'create' })),
        calling(call('git_commit', { message: 'work' })),
        calling(call('git_push', { branch: 'topic' })),
        goodbye,
      ]),
    ],
    workers: 0,
  });
});

afterAll(async () => harness.stop());

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('git', ['-c', 'safe.directory=*', ...args], {
    cwd: folder,
    env: {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    },
  });
  return stdout;
}

/** A project with a bare remote that writes down each update of a ref. */
async function projectWithRemote(name: string): Promise<{ project: string; bare: string }> {
  const project = harness.makeProject({ 'a.txt': 'one\n' });
  await git(project, 'init', '-q', '-b', 'main');
  await git(project, 'add', '-A');
  await git(project, 'commit', '-qm', 'first');
  const bare = join(remotes, `${name}.git`);
  await git(project, 'clone', '-q', '--bare', project, bare);
  await git(bare, 'config', 'core.logAllRefUpdates', 'always');
  await execa('chmod', ['-R', 'a+rwX', bare]);
  await git(project, 'remote', 'add', 'origin', bare);
  return { project, bare };
}

/** Phase and number of the effect: 2 makes the branch, 3 commits, 4 pushes. */
const moments: readonly (readonly [string, number])[] =
  process.env['FAULTS'] === 'long'
    ? [2, 3, 4].flatMap((nth) =>
        ['after-intent', 'after-act', 'after-outcome'].map((phase) => [phase, nth] as const),
      )
    : [
        ['after-act', 2],
        ['after-act', 3],
        ['after-intent', 4],
        ['after-act', 4],
      ];

describe('git effects under fire', () => {
  it.each(moments)('happen once when the worker is killed %s of effect %d', async (phase, nth) => {
    const { project, bare } = await projectWithRemote(`${phase}-${nth}`);
    const doomed = await startDoomed(harness, { phase, nth });
    doomed.arm();
    let isMended = false;
    const { runId } = await harness.client.startRun({
      request: {
        prompt: `deliver [conversation:deliver]`,
        workspace: project,
        networkAllowed: true,
      },
    });
    const finished = finishRun(harness, runId, {
      settle: () => 'happened',
      isThere: () => isMended || !doomed.isStopped(),
    });
    await pollFor('the worker stops itself', () => doomed.isStopped() || undefined);
    await killAndReap(doomed.worker);
    const next = await harness.startWorker();
    await harness.recoverFrom(doomed.worker);
    isMended = true;

    const { result, unknown } = await finished;
    await killAndReap(next);

    const commits = await git(bare, 'rev-list', '--count', 'main..topic');
    const updates = await git(bare, 'reflog', 'show', '--format=%H', 'topic');
    const effects = await harness.client.listEffects({ run: runId });
    results.push({
      point: `${phase} ${effects.find(({ effectSeq }) => effectSeq === nth)?.tool ?? ''}`,
      ended: result.status === 'completed',
      repeated: Number(commits) - 1 + updates.split('\n').length - 1,
      unknown: unknown.length,
    });
    expect(commits).toBe('1');
    expect(updates.split('\n')).toHaveLength(1);
    expect(effects.map(({ tool, state }) => `${tool} ${state}`)).toEqual([
      'git_push committed',
      'git_commit committed',
      'git_branch committed',
      'write_file committed',
    ]);
    expect(unknown).toEqual([]);
  });

  it('are summed up', () => {
    process.stderr.write(killTable(results));
    expect(results.every(({ ended, repeated }) => ended && repeated === 0)).toBe(true);
  });
});

const results: KillResult[] = [];
