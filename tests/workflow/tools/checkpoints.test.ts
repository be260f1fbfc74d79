import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { openWorkspaceOf } from '../../../activities/workspace/inspect.ts';
import type { WorkspaceRef } from '../../../domain/run/run-input.ts';
import {
  createWorkspaceBench,
  putFiles,
  shell,
  testUid,
  treeOf,
  type WorkspaceBench,
} from './workspace-bench.ts';

let bench: WorkspaceBench;
let ref: WorkspaceRef;
let root: string;

beforeEach(async () => {
  bench = await createWorkspaceBench();
  await putFiles(bench.source, {
    'a.txt': 'zero\n',
    'deep/b.txt': 'b\n',
    '.gitignore': 'ignored\n',
  });
  await shell(bench.source, 'git init -q -b main; git add -A; git commit -qm first');
  ref = await bench.workspaces.create('run/default/first', bench.source);
  root = (await bench.workspaces.open(ref)).root;
});

afterEach(() => bench.close());

const callId = (turn: number): string => `run/default/first/main/t${turn}/c0`;

/** A call of a turn that changes files, as the engine surrounds it. */
async function change(
  turn: number,
  act: () => Promise<unknown>,
  {
    path,
    workspaces = bench.workspaces,
  }: { path?: string; workspaces?: WorkspaceBench['workspaces'] } = {},
): Promise<void> {
  const call = { callId: callId(turn), effectSeq: turn };
  const workspace = await workspaces.open(ref);
  await workspaces.keepBefore(workspace, call);
  await act();
  workspaces.keepAfter(workspace, call, path);
}

async function forkedAt(
  turn: number,
  next: string = callId(turn + 1),
): Promise<Record<string, string>> {
  const forked = await bench.workspaces.fork(`run/default/fork-${turn}`, ref, {
    lastChange: turn === 0 ? undefined : callId(turn),
    nextChange: next === lastOne ? undefined : next,
    head: undefined,
    isBusy: false,
  });
  const { root: tree, uid } = await bench.workspaces.open(forked);
  expect(uid).toBe((await bench.workspaces.open(ref)).uid);
  return treeOf(tree);
}

/** Stands for the call behind the last one. */
const lastOne = 'none';

const write = (path: string, text: string) => writeFile(join(root, path), text);

/** What the repository of states holds, newest first. */
function shadowLog(): string {
  const shadow = join(root, '..', 'shadow.git');
  const log = ['log', '--format=%s', 'refs/holdfast/steps'];
  return execFileSync('git', ['-c', 'safe.directory=*', '--git-dir', shadow, ...log], {
    encoding: 'utf8',
  });
}

/** Files of states behind a turn that are not in the repository yet, oldest first. */
async function waiting(turn: number): Promise<readonly string[]> {
  // Whoever is about to change something waits for the state behind the last call.
  await bench.workspaces.keepBefore(await bench.workspaces.open(ref), {
    callId: callId(turn + 1),
    effectSeq: turn + 1,
  });
  const folder = join(root, '..', 'waiting-steps');
  return (await readdir(folder)).toSorted().map((name) => join(folder, name));
}

describe('the states of a workspace', () => {
  it('are kept around every change, byte for byte: files, links, executable bits, files of submodules', async () => {
    const states = [await treeOf(root)];
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    states.push(await treeOf(root));
    await change(2, async () => {
      await rm(join(root, 'deep'), { recursive: true });
      await symlink('a.txt', join(root, 'link'));
      await putFiles(root, { 'run.sh': '#!/bin/sh\n', 'new/"odd"\\name': 'x' });
      await chmod(join(root, 'run.sh'), 0o755);
    });
    states.push(await treeOf(root));
    await change(3, async () => {
      await mkdir(join(root, 'module'));
      await shell(
        join(root, 'module'),
        'git init -q; echo m > m.txt; git add -A; git commit -qm m',
      );
      await rm(join(root, 'link'));
    });
    states.push(await treeOf(root));
    await change(4, () => write('module/m.txt', 'changed\n'), { path: 'module/m.txt' });

    for (const [turn, state] of states.entries()) expect(await forkedAt(turn)).toEqual(state);
  });

  it('are taken before the next call where a killed worker did not get to it', async () => {
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    // Killed in the middle of the second one.
    await bench.workspaces.keepBefore(await bench.workspaces.open(ref), {
      callId: callId(2),
      effectSeq: 2,
    });
    await write('a.txt', 'two\n');
    const next = await bench.again();
    await change(3, () => write('a.txt', 'three\n'), { path: 'a.txt', workspaces: next });
    await change(4, () => write('a.txt', 'four\n'), { path: 'a.txt', workspaces: next });
    await next.fork('run/default/waits', ref, {
      lastChange: callId(4),
      nextChange: undefined,
      head: undefined,
      isBusy: false,
    });

    const contents = [];
    for (const turn of [1, 2, 3]) {
      const forked = await bench.workspaces.fork(`run/default/at-${turn}`, ref, {
        lastChange: callId(turn),
        nextChange: callId(turn + 1),
        head: undefined,
        isBusy: false,
      });
      const { root: tree } = await bench.workspaces.open(forked);
      contents.push(await readFile(join(tree, 'a.txt'), 'utf8'));
    }

    expect(contents).toEqual(['one\n', 'two\n', 'three\n']);
  });

  it('are taken when they are asked for, where nothing changed since; else said to be missing', async () => {
    await bench.workspaces.keepBefore(await bench.workspaces.open(ref), {
      callId: callId(1),
      effectSeq: 1,
    });
    await write('a.txt', 'one\n');

    await expect(forkedAt(1)).rejects.toMatchObject({ code: 'conflict' });
    expect(await forkedAt(1, lastOne)).toEqual(await treeOf(root));
  });

  it('are copied as the user of the workspace, who gets nothing that a link there leads to', async () => {
    if (process.getuid?.() !== 0) return;
    // What the copy finds when a folder becomes a link to another place right before it goes in.
    await putFiles(root, { 'home/key': 'of the host\n' });
    await chmod(join(root, 'home/key'), 0o600);
    const { uid } = await bench.workspaces.open(ref);
    const fork = { lastChange: undefined, nextChange: undefined, head: undefined, isBusy: true };

    expect((await stat(join(root, 'home/key'))).uid).not.toBe(uid);
    await expect(bench.workspaces.fork('run/default/spy', ref, fork)).rejects.toThrow(
      /home\/key.*Permission denied/,
    );
  });

  it('are not copied while a call goes on where the worker has no other user to copy as', async () => {
    const folder = join(root, '..', '..');
    const fork = { lastChange: undefined, nextChange: undefined, head: undefined };
    if (process.getuid?.() === 0) await chown(folder, testUid, testUid);

    const busy = bench.workspaces.fork('run/default/busy', ref, { ...fork, isBusy: true });

    await expect(busy).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are kept although a git that was killed left its locks', async () => {
    const shadow = join(root, '..', 'shadow.git');
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    await forkedAt(1);
    const lock = join(shadow, 'refs/holdfast/steps.lock');
    await writeFile(lock, '');
    await utimes(lock, 0, 0);

    await change(2, () => write('a.txt', 'two\n'), { path: 'a.txt' });

    expect((await forkedAt(2, lastOne))['a.txt']).toBe((await treeOf(root))['a.txt']);
    expect(shadowLog()).toContain(`after ${callId(2)}`);
  });

  it('wait beside the repository; one that was cut off counts as never taken', async () => {
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    await change(2, () => write('a.txt', 'two\n'), { path: 'a.txt' });
    const [, second = ''] = await waiting(2);
    await truncate(second, (await stat(second)).size - 3);

    await forkedAt(1);
    await expect(forkedAt(2, callId(3))).rejects.toMatchObject({ code: 'conflict' });
    expect(shadowLog()).toContain(`after ${callId(1)}`);
  });

  it('are taken in once, although a process died between that and forgetting them', async () => {
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    await change(2, () => write('deep/b.txt', 'two\n'), { path: 'deep/b.txt' });
    const [, second = ''] = await waiting(2);
    const content = await readFile(second);
    await forkedAt(2);
    await writeFile(second, content);
    await change(3, () => write('a.txt', 'three\n'), { path: 'a.txt' });
    await forkedAt(3);

    const after = shadowLog()
      .split('\n')
      .filter((subject) => subject.startsWith('after'));
    expect(after).toEqual([3, 2, 1].map((turn) => `after ${callId(turn)}`));
    expect(await waiting(3)).toEqual([]);
  });

  it('are taken in by the way when many wait', async () => {
    const text = 'x'.repeat(700_000);
    await change(1, () => write('a.txt', text), { path: 'a.txt' });
    await change(2, () => write('a.txt', `${text}y`), { path: 'a.txt' });
    await change(3, () => write('a.txt', 'z'), { path: 'a.txt' });

    expect(shadowLog()).toContain(`after ${callId(2)}`);
    expect(await waiting(3)).toHaveLength(1);
  });

  it('stand in no branch of the workspace and keep ignored files as they are', async () => {
    await write('ignored', 'i\n');
    await change(1, () => write('a.txt', 'one\n'));
    const state = await forkedAt(1);

    expect(state['ignored']).toBe((await treeOf(root))['ignored']);
    expect(await shell(root, 'git for-each-ref --format="%(refname)"')).toBe('refs/heads/main');
  });
});

const opened = () =>
  openWorkspaceOf({
    home: bench.dataFolder,
    searchPath: process.env['PATH'] ?? '',
    workspace: { ...ref, host: hostname() },
  });

describe('restoring', () => {
  it('undoes one change after the other by last, and all of them by first, byte for byte', async () => {
    const states = [await treeOf(root)];
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    states.push(await treeOf(root));
    await change(2, async () => {
      await rm(join(root, 'deep'), { recursive: true });
      await write('c.txt', 'c\n');
    });
    states.push(await treeOf(root));
    await change(3, () => write('a.txt', 'three\n'), { path: 'a.txt' });
    await forkedAt(3);

    const files = await opened().restore('last');
    const afterOne = await treeOf(root);
    await opened().restore('last');
    const afterTwo = await treeOf(root);
    await change(4, () => write('a.txt', 'four\n'), { path: 'a.txt' });
    const four = await forkedAt(4, lastOne);
    await opened().restore('first');

    expect(files).toEqual(['a.txt']);
    expect([afterOne, afterTwo]).toEqual([states[2], states[1]]);
    expect(four).not.toEqual(states[1]);
    expect(await treeOf(root)).toEqual(states[0]);
    expect(await opened().restore('last')).toEqual([]);
  });

  it('passes over calls that changed nothing, such as a run of tests, to the last change', async () => {
    const before = await treeOf(root);
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    await change(2, async () => undefined);
    await change(3, async () => undefined);
    await forkedAt(3);

    const seen = await opened().diff();
    const files = await opened().restore('last');

    expect(seen.files.map(({ path }) => path)).toEqual(['a.txt']);
    expect(Buffer.from(seen.patch).toString('utf8')).toContain('+one');
    expect(files).toEqual(['a.txt']);
    expect(await treeOf(root)).toEqual(before);
    expect((await opened().diff()).files).toEqual([]);
  });

  it('undoes a change whose worker died before its state was kept', async () => {
    const before = await treeOf(root);
    await bench.workspaces.keepBefore(await bench.workspaces.open(ref), {
      callId: callId(1),
      effectSeq: 1,
    });
    await write('a.txt', 'half\n');

    await opened().restore('last');

    expect(await treeOf(root)).toEqual(before);
  });

  it('folds the states into one and keeps the files', async () => {
    await change(1, () => write('a.txt', 'one\n'), { path: 'a.txt' });
    await change(2, () => write('a.txt', 'two\n'), { path: 'a.txt' });
    await forkedAt(2);
    const before = await treeOf(root);

    expect(await opened().fold()).toBe(2);

    expect(await treeOf(root)).toEqual(before);
    await opened().restore('last');
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('zero\n');
  });

  it('says when the files are elsewhere or gone', async () => {
    const away = { home: bench.dataFolder, searchPath: '', workspace: { id: 'x', host: 'other' } };
    await rm(root, { recursive: true });

    expect(() => openWorkspaceOf(away)).toThrow('other');
    await expect(opened().restore('first')).rejects.toMatchObject({ code: 'workspace_lost' });
  });
});
