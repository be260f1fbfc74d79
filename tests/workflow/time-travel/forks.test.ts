import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { z } from 'zod';

import type { WatchedItem } from '../../../clients/runs-client.ts';
import { replayRun } from '../../../workers/replay/replay-run.ts';
import { treeName } from '../../../activities/workspace/make-workspace.ts';
import { pollFor } from '../../support/poll.ts';
import { beQuiet, replayAll, workflowBundle } from '../../support/runs/replay-histories.ts';
import { makeProject, startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { call, calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import { openApproval, start, textsOf } from '../../support/runs/running-runs.ts';

let harness: RunHarness;
let remotes: string;

const pushing = {
  name: 'pushing',
  schemaVersion: 1,
  mode: 'acceptEdits',
  rules: [{ tool: 'git_push', commandAllow: ['git push origin topic'], verdict: 'allow' }],
  limits: { maxTurns: 50, timeoutSeconds: 600, maxCostMicroUsd: 5_000_000 },
};

const write = (path: string, content: string) => calling(call('write_file', { path, content }));

beforeAll(async () => {
  remotes = makeProject({ readme: 'bare repositories\n' });
  await execa('chmod', ['755', remotes]);
  harness = await startRunHarness({
    settings: { allowedRepositories: [remotes] },
    policies: [pushing],
    scripts: [
      script(
        'five',
        write('a.txt', 'one\n'),
        calling(shell('echo two > a.txt; echo ignored > ignored; mkdir -p deep; echo d > deep/d')),
        write('a.txt', 'three\n'),
        calling(call('edit_file', { path: 'a.txt', oldText: 'three', newText: 'four' })),
        calling(shell('rm deep/d; ln -s a.txt link')),
        goodbye,
      ),
      script(
        'deliver',
        write('a.txt', 'one\n'),
        calling(call('git_branch', { name: 'topic', action: 'create' })),
        calling(call('git_commit', { message: 'work' })),
        calling(call('git_push', { branch: 'topic', overwrite: 'yes' })),
        goodbye,
      ),
      script(
        'late',
        calling(call('git_branch', { name: 'topic', action: 'create' })),
        calling(call('ask_person', { question: 'Which?' })),
        calling(call('git_push', { branch: 'topic', overwrite: 'yes' })),
        goodbye,
      ),
      script(
        'asks',
        write('a.txt', 'one\n'),
        calling(call('ask_person', { question: 'Which?' })),
        goodbye,
      ),
    ],
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

const pinsSchema = z.object({ workspace: z.object({ id: z.string() }) });

async function copyOf(runId: string): Promise<string> {
  const { pins } = await harness.db
    .selectFrom('runs')
    .select('pins')
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  const { workspace } = pinsSchema.parse(pins);
  return join(harness.home, 'workspaces', workspace.id, treeName);
}

const requestsSoFar = (): number => harness.rehearsal.requests.length;

async function finishedFive(): Promise<string> {
  const workspace = harness.makeProject({ 'a.txt': 'zero\n', '.gitignore': 'ignored\n' });
  const runId = await start(harness, 'five', { workspace, policy: 'trusted-mount-autonomous' });
  expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });
  return runId;
}

const git = async (folder: string, ...args: readonly string[]) =>
  (
    await execa(
      'git',
      ['-c', 'safe.directory=*', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args],
      { cwd: folder },
    )
  ).stdout;

/** A project with one commit, and a repository to push to. */
async function projectWithRemote(name: string) {
  const project = harness.makeProject({ 'a.txt': 'zero\n' });
  await git(project, 'init', '-q', '-b', 'main');
  await git(project, 'add', '-A');
  await git(project, 'commit', '-qm', 'first');
  const bare = join(remotes, name);
  await git(project, 'clone', '-q', '--bare', project, bare);
  await execa('chmod', ['-R', 'a+rwX', bare]);
  await git(project, 'remote', 'add', 'origin', bare);
  return { project, bare };
}

describe('a fork', () => {
  it('takes its turns from the record, shares their blocks, and goes on with the files of that turn', async () => {
    const first = await finishedFive();
    const asked = requestsSoFar();
    const plan = await harness.client.timeTravel.planFork(first, 3);
    const blocks = await harness.db.selectFrom('blocks').select('hash').execute();

    const { runId } = await harness.client.timeTravel.forkRun({
      run: first,
      turn: 3,
      original: 'keep',
    });
    const result = await harness.client.waitForRun(runId);

    expect(plan.calls.map(({ turn, becomes }) => `${turn} ${becomes}`)).toEqual([
      '1 record',
      '2 record',
      '3 record',
      '4 restored',
      '5 restored',
    ]);
    expect(result).toMatchObject({ status: 'completed' });
    // Turns 4 and 5, and the two answers without a call.
    expect(requestsSoFar() - asked).toBe(4);
    const texts = await textsOf(harness, runId, 'tool');
    expect(texts).toHaveLength(5);
    expect(texts).toEqual(await textsOf(harness, first, 'tool'));
    // The same words again are the same blocks: nothing was copied, and nothing new had to be written.
    const after = await harness.db.selectFrom('blocks').select('hash').execute();
    expect(after.length).toBeLessThanOrEqual(blocks.length + 4);
    const copy = await copyOf(runId);
    expect(readFileSync(join(copy, 'a.txt'), 'utf8')).toBe('four\n');
    expect(readFileSync(join(copy, 'ignored'), 'utf8')).toBe('ignored\n');
    expect(existsSync(join(copy, 'deep/d'))).toBe(false);
    const effects = await harness.client.listEffects({ run: runId });
    expect(effects.map(({ effectSeq, state }) => `${effectSeq} ${state}`)).toEqual([
      '2 committed',
      '1 committed',
    ]);
    expect(await harness.client.listEffects({ run: first })).toHaveLength(5);
  });

  it('begins with the files byte for byte as the turn left them', async () => {
    const first = await finishedFive();
    const seen: Record<number, string> = {};
    for (const turn of [0, 1, 2, 4]) {
      const { runId } = await harness.client.timeTravel.forkRun({
        run: first,
        turn,
        original: 'keep',
      });
      // The first thing kept of it is its state as it was begun.
      const copy = await copyOf(
        await pollFor(
          'the fork is open',
          async () => (await harness.client.getRun(runId).catch(() => undefined))?.runId,
        ),
      );
      const shadow = join(copy, '..', 'shadow.git');
      const args = ['-c', 'safe.directory=*', '--git-dir', shadow];
      await harness.client.waitForRun(runId);
      const log = await execa('git', [
        ...args,
        'log',
        '--first-parent',
        '--reverse',
        '--format=%H %s',
        'refs/holdfast/steps',
      ]);
      const own = log.stdout.split('\n').findIndex((line) => line.includes(runId));
      const begun = log.stdout.split('\n')[own - 1]?.split(' ')[0] ?? '';
      const { stdout } = await execa('git', [...args, 'show', `${begun}:a.txt`]);
      seen[turn] = stdout;
    }

    expect(seen).toEqual({ 0: 'zero', 1: 'one', 2: 'two', 4: 'four' });
  });

  it('waits for an approval before it has an effect outside that the first run had already', async () => {
    const { project, bare } = await projectWithRemote('origin.git');
    const first = await start(harness, 'deliver', {
      workspace: project,
      policy: 'pushing',
      networkAllowed: true,
    });
    expect(await harness.client.waitForRun(first)).toMatchObject({ status: 'completed' });
    const pushed = await git(bare, 'rev-parse', 'topic');
    const plan = await harness.client.timeTravel.planFork(first, 2);

    const { runId } = await harness.client.timeTravel.forkRun({
      run: first,
      turn: 2,
      original: 'keep',
    });
    const approval = await openApproval(harness, runId);
    const { rule } = await harness.client.getApproval(approval.approvalId);
    const head = await git(await copyOf(runId), 'log', '--format=%s');
    await harness.client.decide({
      approval: approval.approvalId,
      decision: 'reject',
      reason: 'no',
    });
    await harness.client.waitForRun(runId);

    expect(plan.calls.map(({ tool, becomes }) => `${tool} ${becomes}`)).toEqual([
      'write_file record',
      'git_branch record',
      'git_commit restored',
      'git_push asked',
    ]);
    expect(rule).toBe('fork/again');
    // Its own commit stands on the commit before that of the first run.
    expect(head.split('\n')).toEqual(['work', 'first']);
    expect(await git(bare, 'rev-parse', 'topic')).toBe(pushed);
    expect((await textsOf(harness, runId, 'tool')).at(-1)).toContain('approval_rejected');
  });

  it('waits for one before it has an effect that a fork between it and the first run had', async () => {
    const { project: workspace, bare } = await projectWithRemote('later.git');
    const online = { workspace, policy: 'pushing', networkAllowed: true };
    const first = await start(harness, 'late', online);
    await openApproval(harness, first);
    await harness.client.cancelRun(first, 'seen');
    await harness.client.waitForRun(first);
    const forkAndAnswer = async (run: string) => {
      const forked = { run, turn: 1, original: 'keep' } as const;
      const { runId } = await harness.client.timeTravel.forkRun(forked);
      const question = await openApproval(harness, runId);
      const answer = { decision: 'approve', answer: 'push it' } as const;
      await harness.client.decide({ approval: question.approvalId, ...answer });
      return { runId, question };
    };

    const second = await forkAndAnswer(first);
    expect(await harness.client.waitForRun(second.runId)).toMatchObject({ status: 'completed' });
    // Else there would be nothing to push.
    await git(bare, 'update-ref', '-d', 'refs/heads/topic');
    const third = await forkAndAnswer(second.runId);

    const { approvalId } = await openApproval(harness, third.runId, third.question.approvalId);
    expect(await harness.client.getApproval(approvalId)).toMatchObject({ rule: 'fork/again' });
    await harness.client.decide({ approval: approvalId, decision: 'reject', reason: 'no' });
    await harness.client.waitForRun(third.runId);
    expect(await harness.client.listEffects({ run: second.runId })).toMatchObject([
      { tool: 'git_push', state: 'committed' },
    ]);
  });

  it('can be forked again, also behind a turn that it took over', async () => {
    const first = await finishedFive();
    const fork = async (run: string, turn: number) => {
      const started = await harness.client.timeTravel.forkRun({ run, turn, original: 'keep' });
      await harness.client.waitForRun(started.runId);
      return started.runId;
    };

    const second = await fork(first, 4);
    const third = await fork(second, 2);

    expect(await textsOf(harness, third, 'tool')).toEqual(await textsOf(harness, first, 'tool'));
  });

  it.each([-1, 99])('is refused behind turn %d', async (turn) => {
    const first = await finishedFive();

    const forked = harness.client.timeTravel.forkRun({ run: first, turn, original: 'keep' });

    await expect(forked).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a rewind', () => {
  it('ends the run, and goes on behind an earlier turn with what people had answered', async () => {
    const first = await start(harness, 'asks', { policy: 'trusted-mount-autonomous' });
    const question = await openApproval(harness, first);

    const early = harness.client.timeTravel.forkRun({ run: first, turn: 2, original: 'keep' });
    const { runId } = await early;
    await expect(harness.client.waitForRun(runId)).rejects.toMatchObject({ code: 'conflict' });
    const rewound = await harness.client.timeTravel.forkRun({
      run: first,
      turn: 1,
      original: 'cancel',
    });
    const again = await openApproval(harness, rewound.runId);
    await harness.client.decide({
      approval: again.approvalId,
      decision: 'approve',
      answer: 'this',
    });
    await harness.client.waitForRun(rewound.runId);
    const third = await harness.client.timeTravel.forkRun({
      run: rewound.runId,
      turn: 2,
      original: 'keep',
    });
    await harness.client.waitForRun(third.runId);

    expect(question.approvalId).not.toBe(again.approvalId);
    expect((await harness.client.getRun(first)).status).toBe('cancelled');
    expect((await textsOf(harness, third.runId, 'tool')).at(-1)).toContain('this');
  });
});

describe('the record of a run', () => {
  it('is the same every time, and its verdicts are what policy says today', async () => {
    const first = await finishedFive();
    const { timeTravel } = harness.client;

    const records = [await timeTravel.recordOf(first), await timeTravel.recordOf(first)];

    expect(JSON.stringify(records[1])).toBe(JSON.stringify(records[0]));
    expect(records[0]?.events.map(({ seq }) => seq)).toEqual(
      records[0]?.events.map((_, index) => index + 1),
    );
    expect(await timeTravel.judgeAgain(first)).toEqual([]);
  });

  it('goes on behind an event of a newer version, for those who watch too', async () => {
    const first = await finishedFive();
    const { events } = await harness.client.timeTravel.recordOf(first);
    await harness.db
      .updateTable('events')
      .set({ schema_version: 2 })
      .where('run_id', '=', first)
      .where('seq', '=', 2)
      .execute();

    const record = await harness.client.timeTravel.recordOf(first);
    const items: WatchedItem[] = [];
    const { signal } = new AbortController();
    for await (const item of harness.client.watchRun(first, { after: 0, signal })) items.push(item);

    expect(record.events).toEqual(events.filter(({ seq }) => seq !== 2));
    const refused = { seq: 2, eventVersion: 2, error: { code: 'invalid_argument' } };
    expect(record.refused).toMatchObject([refused]);
    expect(items.map((item) => ('seq' in item ? item.seq : 0))).toEqual(
      events.map(({ seq }) => seq),
    );
    expect(items[1]).toMatchObject({ type: 'refused', ...refused });
  });

  it('replays against the workflow code, and names the first event where that takes another way', async () => {
    const first = await finishedFive();
    const bundle = fileURLToPath(workflowBundle);
    const other = join(remotes, 'other-bundle.js');
    const code = readFileSync(bundle, 'utf8');
    writeFileSync(other, code.replaceAll('invokeModel: invoke', 'inventModel: invoke'));
    beQuiet();
    const asked = requestsSoFar();

    const same = await replayRun(harness.temporal, { runId: first, bundle });
    const wrong = await replayRun(harness.temporal, { runId: first, bundle: other });

    expect(same).toMatchObject({ type: 'same', executions: 1 });
    expect(wrong).toMatchObject({
      type: 'diverged',
      event: expect.stringMatching(/^\d+ ActivityTaskScheduled/),
    });
    expect(requestsSoFar()).toBe(asked);
  });

  it('tells of a verdict that would be another one today', async () => {
    const first = await finishedFive();
    await harness.db
      .updateTable('prepared_calls')
      .set({ verdict: JSON.stringify({ type: 'deny', rule: 'gone/0', scope: 'run', policy: 'x' }) })
      .where('run_id', '=', first)
      .where('tool', '=', 'edit_file')
      .execute();

    expect(await harness.client.timeTravel.judgeAgain(first)).toEqual([
      {
        callId: `${first}/main/t4/c0`,
        tool: 'edit_file',
        recorded: 'deny by gone/0',
        today: 'allow by mode/acceptEdits',
      },
    ]);
  });
});
