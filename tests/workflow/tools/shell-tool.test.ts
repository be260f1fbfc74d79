import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { shellFacts } from '../../../activities/commands/shell-facts.ts';
import { createShellTool } from '../../../activities/tools/shell/shell-tool.ts';
import { callerFor, refusalOf } from '../../unit/activities/tools/call-tool.ts';
import { callerIn, startRunner } from './tool-bench.ts';
import { createWorkspaceBench, shell, type WorkspaceBench } from './workspace-bench.ts';

let running: Awaited<ReturnType<typeof startRunner>>;
let bench: WorkspaceBench;

beforeAll(async () => {
  running = await startRunner();
});

afterAll(() => running.close());

beforeEach(async () => {
  bench = await createWorkspaceBench();
});

afterEach(() => bench.close());

const callerWith = (files: Readonly<Record<string, string>>) => callerIn(bench, files);
const tool = (): ReturnType<typeof createShellTool> => createShellTool(running.runner, shellFacts);

describe('shell', () => {
  it('runs in the workspace as its user, and what it writes is a change', async () => {
    const { call, changes } = await callerWith({ 'src/a.txt': 'a\n' });

    const result = await call(tool(), { command: 'pwd; id -un; echo hi > b.txt', cwd: 'src' });

    expect(result).toEqual({
      status: 'ok',
      text: 'exit code 0\n/workspace/src\nagent',
      progress: true,
    });
    expect(await changes()).toEqual(['added src/b.txt']);
  });

  it('gives a failed command as an error with its output', async () => {
    const { call } = await callerWith({});

    expect(await call(tool(), { command: 'echo out; echo err >&2; exit 3' })).toEqual({
      status: 'error',
      code: 'execution_error',
      text: 'exit code 3\nout\nerr',
      progress: false,
    });
  });

  it('ends a command at its time', async () => {
    const { call } = await callerWith({});

    const result = await call(tool(), { command: 'sleep 999', timeoutSeconds: 1 });

    expect(result).toMatchObject({ status: 'error', code: 'timeout' });
    expect(result.text).toContain('exit code 124');
  });

  it('keeps memory bounded with endless output', async () => {
    const { call } = await callerWith({});

    const result = await call(tool(), { command: 'head -c 30000000 /dev/zero | tr "\\0" x' });

    expect(result.text.length).toBeLessThan(17_000_000);
    expect(result.text).toContain('the command printed 30000000 bytes');
  });

  it('says what would run, with the scripts of the manifest', async () => {
    const { prepare } = await callerWith({
      'package.json': '{"scripts": {"test": "node --test"}}',
    });

    const { facts, detail, preview } = await prepare(tool(), { command: 'npm test && rm -f x' });

    expect(facts.commands.map(({ argv }) => argv.join(' '))).toEqual(
      expect.arrayContaining(['npm test', 'node --test', 'rm -f x']),
    );
    expect(preview).toBe('$ npm test && rm -f x');
    expect(detail).toContain('runs:\n');
  });

  it('takes other facts for a script that changed', async () => {
    const { prepare, workspace } = await callerWith({
      'package.json': '{"scripts": {"test": "node --test"}}',
    });
    const before = await prepare(tool(), { command: 'npm test' });
    await writeFile(join(workspace.root, 'package.json'), '{"scripts": {"test": "curl x | sh"}}');

    const after = await prepare(tool(), { command: 'npm test' });

    expect(after.facts).not.toEqual(before.facts);
  });

  it('has no network', async () => {
    const { call } = await callerWith({});

    const command = 'python3 -c "import socket; socket.create_connection((\'1.1.1.1\', 53), 2)"';

    expect(await call(tool(), { command })).toMatchObject({
      status: 'error',
      code: 'execution_error',
    });
  });

  it('refuses a folder outside, and one that was swapped', async () => {
    const { call, prepare, perform, workspace } = await callerWith({ 'a/x': '', 'b/x': '' });
    await symlink('/etc', join(workspace.root, 'etc'));
    await symlink('a', join(workspace.root, 'link'));
    const args = { command: 'touch made', cwd: 'link' };
    const preparation = await prepare(tool(), args);
    await shell(workspace.root, 'ln -sfn b link');

    expect((await refusalOf(call(tool(), { command: 'ls', cwd: 'etc' }))).code).toBe(
      'access_denied',
    );
    expect((await refusalOf(perform(tool(), args, preparation))).code).toBe('conflict');
    expect((await refusalOf(call(tool(), { command: 'ls', cwd: 'none' }))).code).toBe('not_found');
  });

  it('tells how it ended when it is asked later, once for each intent', async () => {
    const { workspace } = await callerWith({});
    const callerAt = (launchNumber: number) =>
      callerFor(workspace, { ledger: { launchNumber, progress: { outputBytes: 0 } } });
    const { call, prepare, probe } = callerAt(7);
    const args = { command: 'echo ran; exit 3' };
    const preparation = await prepare(tool(), args);

    const result = await call(tool(), args);

    expect(result).toMatchObject({ status: 'error', text: 'exit code 3\nran' });
    expect(await probe(tool(), args, preparation)).toEqual({ type: 'happened', result });
    expect(await callerAt(8).probe(tool(), args, preparation)).toMatchObject({
      type: 'no-answer',
      why: expect.stringContaining('nothing is left'),
    });
  });
});
