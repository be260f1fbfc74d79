import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { shellFacts } from '../../../activities/commands/shell-facts.ts';
import { presets, trustedMountAutonomous } from '../../../domain/policy/presets.ts';
import { policyProfileSchema, type PolicyProfile } from '../../../domain/policy/profile-schema.ts';
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

const sightBy = (profile: PolicyProfile, named: readonly string[] = []) => ({
  policies: [{ scope: 'run' as const, profile, policy: profile.name }],
  named: named.map((path) => ({ path, operation: 'read' as const })),
});

describe('files that policy closes by name', () => {
  const files = {
    '.gitignore': '.env\nsecrets/\nlocal/\nnode_modules/\n',
    'a.txt': 'plain\n',
    '.env': 'TOKEN=planted-1\n',
    'app/.env': 'TOKEN=planted-2\n',
    'secrets/key.pem': 'planted-3\n',
    'secrets/deep/key.pem': 'planted-4\n',
    'local/credentials.json': 'planted-5\n',
    'local/credentials.js': 'module.exports = "code";\n',
    'node_modules/x/credentials.json': 'theirs\n',
    'config/credentials.yml': 'tracked\n',
  };
  const workIn = async (profile: PolicyProfile, named: readonly string[] = []) => {
    const { workspace } = await callerWith(files);
    return { workspace, ...callerFor(workspace, { sight: sightBy(profile, named) }) };
  };

  it.each([...presets.values()])('are empty for programs under $name', async (profile) => {
    const { call } = await workIn(profile);

    const found = await call(tool(), {
      command: 'grep -rh . . --exclude-dir=.git; cat $(find . -name .env) local/*.json; ls secrets',
    });

    expect(found.text).not.toContain('planted');
    for (const open of ['plain', 'code', 'theirs', 'tracked']) expect(found.text).toContain(open);
  });

  it('can be neither written nor removed nor moved by programs, and are as they were afterwards', async () => {
    const { call, workspace } = await workIn(trustedMountAutonomous);

    const { text } = await call(tool(), {
      command:
        'echo x > .env; rm .env; mv app/.env b; ln .env c; rm -r secrets; mv secrets d; chmod 777 .env; echo end',
    });

    expect(text.split('\n').at(-1)).toBe('end');
    const after = callerFor(workspace, {});
    const all = await after.call(tool(), { command: 'cat .env app/.env secrets/key.pem; ls' });
    expect(all.text).toContain('TOKEN=planted-1\nTOKEN=planted-2\nplanted-3\n');
    expect(all.text).not.toMatch(/\n[bcd]\n/);
  });

  it('are no change for git, and what it tracks stays open', async () => {
    const { call } = await workIn(trustedMountAutonomous);

    const { text } = await call(tool(), {
      command:
        'git status --porcelain; git add -A; git diff --cached --stat; cat config/credentials.yml',
    });

    expect(text).toBe('exit code 0\ntracked');
  });

  it('stay hidden when a program adds them, empty as it sees them, to what git tracks', async () => {
    const { call } = await workIn(trustedMountAutonomous);
    await call(tool(), {
      command: 'git add -f .env app && git -c user.name=a -c user.email=a@b commit -qm all',
    });

    expect((await call(tool(), { command: 'cat .env app/.env; git show HEAD:.env' })).text).toBe(
      'exit code 0\n[no output]',
    );
  });

  it('are found wherever they are put, made or moved between two commands', async () => {
    const { call, workspace } = await workIn(trustedMountAutonomous);
    await call(tool(), { command: 'mv app app2; mkdir -p x/y; ln -s ../../.env x/y/link' });
    await mkdir(join(workspace.root, 'later'));
    await writeFile(join(workspace.root, 'later/.env'), 'planted-6');

    const { text } = await call(tool(), { command: 'cat app2/.env x/y/link later/.env' });

    expect(text).toBe('exit code 0\n[no output]');
  });

  it('are there for an approved command that names them where policy asks, and for no other', async () => {
    const profile = policyProfileSchema.parse({
      ...trustedMountAutonomous,
      rules: [{ tool: '{shell,read_file}', pathAllow: ['**/.env', 'secrets/**'], verdict: 'ask' }],
    });

    const unnamed = await (await workIn(profile)).call(tool(), { command: 'cat .e* s*/*.pem' });
    const { call } = await workIn(profile, ['.env', 'secrets']);
    const named = await call(tool(), { command: 'cat .env app/.env secrets/key.pem' });

    expect(unnamed.text).toBe('exit code 0\n[no output]');
    expect(named.text).toBe('exit code 0\nTOKEN=planted-1\nplanted-3');
  });

  it('are all there where policy says nothing of them', async () => {
    const { call } = await workIn({ ...trustedMountAutonomous, rules: [] });

    expect((await call(tool(), { command: 'cat .env' })).text).toContain('planted-1');
  });

  it('are refused, not shown, when there are too many to hide', async () => {
    const { workspace, call } = await workIn(trustedMountAutonomous);
    for (let at = 0; at < 251; at += 1) {
      await mkdir(join(workspace.root, `local/${at}`));
      await writeFile(join(workspace.root, `local/${at}/.env`), '');
    }

    expect(await refusalOf(call(tool(), { command: 'true' }))).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('close their folder'),
    });
  });
});
