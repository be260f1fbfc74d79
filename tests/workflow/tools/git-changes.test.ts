import { existsSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { sendSignal } from '../../../activities/sandbox/process/process-tree.ts';
import { createGitBranchTool } from '../../../activities/tools/git/git-branch-tool.ts';
import { createGitCommitTool } from '../../../activities/tools/git/git-commit-tool.ts';
import { createGitPushTool } from '../../../activities/tools/git/git-push-tool.ts';
import type { RemoteAccess } from '../../../activities/tools/git/remote-repository.ts';
import { remoteUrl } from '../../../activities/workspace/git/remotes.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { CallEnded, ShuttingDown, ToolError, type Tool } from '../../../activities/tools/tool.ts';
import { createSlots } from '../../../activities/workspace/git/slots.ts';
import { gitConfigurationFile } from '../../../activities/workspace/workspaces.ts';
import { callerFor, refusalOf } from '../../unit/activities/tools/call-tool.ts';
import { pollFor } from '../../support/poll.ts';
import { processesWith } from '../sandbox/durable/durable-fixture.ts';
import { startRunner } from './tool-bench.ts';
import { createWorkspaceBench, putFiles, shell, type WorkspaceBench } from './workspace-bench.ts';

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

const tools = () => ({ runner: running.runner, gitSlots: createSlots(5) });

/** A workspace whose source knows a bare repository as `origin`. */
async function setUp(originUrl?: (bare: string) => string) {
  const { source, base, workspaces } = bench;
  await putFiles(source, { 'a.txt': 'one\n', 'b.txt': 'b\n', '.gitignore': 'ignored\n' });
  await shell(source, 'git init -q -b main; git add -A; git commit -qm first');
  const bare = join(base, 'remotes', 'origin.git');
  await shell(base, `git clone -q --bare project ${bare}; chmod -R a+rwX remotes`);
  await shell(source, `git remote add origin ${originUrl?.(bare) ?? bare}`);
  const ref = await workspaces.create('run/default/key', source);
  const workspace = await workspaces.open(ref);
  const git = async (text: string): Promise<string> =>
    (await shell(workspace.root, `git ${text}`)).trim();
  const there = async (branch: string): Promise<string> =>
    shell(bare, `git rev-parse -q --verify refs/heads/${branch} || true`);
  return { caller: callerFor(workspace), workspace, git, there, bare };
}

function access(more: Partial<RemoteAccess> = {}): RemoteAccess {
  return {
    git: {
      searchPath: process.env['PATH'] ?? '',
      configurationFile: gitConfigurationFile(join(bench.dataFolder, 'workspaces')),
      slots: createSlots(5),
    },
    rules: { allowedHosts: [], lookUp: async () => [{ address: '127.0.0.1', family: 4 }] },
    repositories: [join(bench.base, 'remotes')],
    credentialFor: async () => undefined,
    ...more,
  };
}

const topic = async (git: (text: string) => Promise<string>): Promise<string> => {
  await git('checkout -q -b topic');
  await git('commit -q --allow-empty -m work');
  return git('rev-parse HEAD');
};

const named = () =>
  access({
    rules: {
      allowedHosts: ['git.example'],
      lookUp: async () => [{ address: '127.0.0.1', family: 4 }],
    },
    credentialFor: async (host) =>
      host === 'git.example' ? { username: 'me', password: 'secret' } : undefined,
  });

describe('git_commit', () => {
  const args = { message: 'second\n\nwith a body' };

  it('commits what changed, and shows it before', async () => {
    const { caller, workspace, git } = await setUp();
    await putFiles(workspace.root, { 'a.txt': 'two\n', 'new.txt': 'n\n', ignored: 'i\n' });
    const tool = createGitCommitTool(tools());

    const preparation = await caller.prepare(tool, args);
    const { status, text } = await caller.perform(tool, args, preparation);

    expect(preparation.preview).toBe('commit 2 files to main: second');
    expect(preparation.detail).toContain('-one\n+two');
    expect(preparation.facts.paths.map(({ path }) => path)).toEqual(['a.txt', 'new.txt']);
    expect(status).toBe('ok');
    expect(text).toMatch(/^\[main [0-9a-f]{12}\] second/);
    expect(await git('log -1 --format=%B')).toBe(
      'second\n\nwith a body\n\nHoldfast-Call: run/t/key/main/t1/c0',
    );
    expect(await git('status --short')).toBe('');
    expect(await git('rev-list --count HEAD')).toBe('2');
  });

  it('commits the paths it is given, whatever else is staged', async () => {
    const { caller, workspace, git } = await setUp();
    await putFiles(workspace.root, { 'a.txt': 'two\n', 'b.txt': 'bb\n' });
    await git('add b.txt');

    await caller.call(createGitCommitTool(tools()), { message: 'a alone', paths: ['a.txt'] });

    expect(await git('show --stat --format= HEAD')).toMatch(/^a\.txt .*\n 1 file/);
    expect(await readFile(join(workspace.root, 'b.txt'), 'utf8')).toBe('bb\n');
  });

  it('runs nothing that the repository names, and takes away the lock of a git that was killed', async () => {
    const { caller, workspace, git } = await setUp();
    await shell(
      workspace.root,
      `git config core.fsmonitor 'touch ran'; git config gpg.program 'touch ran'; git config commit.gpgSign true
       git config alias.add '!touch ran'; mkdir -p .git/hooks; printf '#!/bin/sh\ntouch ran\n' > .git/hooks/reference-transaction
       chmod +x .git/hooks/*; echo two > a.txt; touch .git/index.lock`,
    );

    await caller.call(createGitCommitTool(tools()), args);

    expect(existsSync(join(workspace.root, 'ran'))).toBe(false);
    expect(await git('rev-list --count HEAD')).toBe('2');
  });

  it.each([
    ['nothing has been done', async () => undefined, 'did-not-happen'],
    ['it is done', async (act: () => Promise<unknown>) => act(), 'happened'],
    [
      'something came after it',
      async (act: () => Promise<unknown>, git: (text: string) => Promise<string>) => {
        await act();
        await git('commit -q --allow-empty -m later');
      },
      'happened',
    ],
    [
      'somebody else has committed',
      async (_: () => Promise<unknown>, git: (text: string) => Promise<string>) =>
        git('commit -q --allow-empty -m other'),
      'no-answer',
    ],
  ])('is found out about when %s', async (_, meanwhile, answer) => {
    const { caller, workspace, git } = await setUp();
    await writeFile(join(workspace.root, 'a.txt'), 'two\n');
    const tool = createGitCommitTool(tools());
    const preparation = await caller.prepare(tool, args);
    await meanwhile(() => caller.perform(tool, args, preparation), git);

    expect((await caller.probe(tool, args, preparation))?.type).toBe(answer);
  });

  it('does nothing twice, and nothing when the files or the branch moved meanwhile', async () => {
    const { caller, workspace, git } = await setUp();
    await writeFile(join(workspace.root, 'a.txt'), 'two\n');
    const tool = createGitCommitTool(tools());
    const preparation = await caller.prepare(tool, args);

    await writeFile(join(workspace.root, 'a.txt'), 'three\n');
    const moved = await refusalOf(caller.perform(tool, args, preparation));
    await writeFile(join(workspace.root, 'a.txt'), 'two\n');
    await caller.perform(tool, args, preparation);
    const again = await caller.perform(tool, args, preparation);

    expect(moved.code).toBe('conflict');
    expect(again.status).toBe('ok');
    expect(await git('rev-list --count HEAD')).toBe('2');
  });

  it('refuses an empty commit, an unfinished merge and a folder that is no repository', async () => {
    const { caller, workspace, git } = await setUp();
    const tool = createGitCommitTool(tools());
    const empty = await refusalOf(caller.prepare(tool, args));
    await shell(
      workspace.root,
      'git checkout -qb x; echo x > a.txt; git commit -qam x; git checkout -q main; echo y > a.txt; git commit -qam y; git merge x || true',
    );
    const merging = await refusalOf(caller.prepare(tool, args));
    const bare = await bench.workspaces.create('run/default/empty', undefined);
    const none = await refusalOf(callerFor(await bench.workspaces.open(bare)).prepare(tool, args));

    expect(empty.message).toBe('there is nothing to commit');
    expect(merging.message).toContain('merge');
    expect(none.code).toBe('not_found');
    expect(await git('status --short')).toBe('UU a.txt');
  });
});

describe('a change of the repository whose worker dies', () => {
  let launches = 0;

  /** Makes git wait, in a filter of the repository, once it has begun to change something. */
  async function begin<A>(tool: Tool<A>, args: object) {
    const { workspace, git } = await setUp();
    const { root } = workspace;
    const waits = 'touch ignored/begun 2>&-; until [ -e ignored/go ]; do sleep 0.05; done; cat';
    await shell(
      root,
      `git checkout -qb other; echo there > a.txt; git commit -qam there; git checkout -q main; mkdir ignored
       echo 'a.txt filter=slow' > .git/info/attributes; git config filter.slow.clean '${waits}'
       git config filter.slow.smudge '${waits}'; touch ignored/go; chmod -R a+rwX .`,
    );
    if (tool.name === 'git_commit') await writeFile(join(root, 'a.txt'), 'two\n');
    launches += 1;
    const ledger = { launchNumber: launches, progress: { outputBytes: 0 } };
    const worker = new AbortController();
    const next = callerFor(workspace, { ledger });
    const prepared = await next.prepare(tool, args);
    const probe = async () => next.probe(tool, args, prepared);
    const unbegun = await probe();
    await rm(join(root, 'ignored', 'go'));
    const performing = callerFor(workspace, { ledger, signal: worker.signal })
      .perform(tool, args, prepared)
      .catch((error: unknown) => error);
    await pollFor('git has begun', () => existsSync(join(root, 'ignored', 'begun')) || undefined);
    worker.abort(new ShuttingDown());
    expect(await performing).toBeInstanceOf(CallEnded);
    const goOn = async () => writeFile(join(root, 'ignored', 'go'), '');
    return { git, goOn, probe, unbegun };
  }

  const beginCommit = async () => begin(createGitCommitTool(tools()), { message: 'second' });
  const beginSwitch = async () =>
    begin(createGitBranchTool(tools()), { name: 'other', action: 'switch' });

  it.each([
    ['a commit', beginCommit, 'log -1 --format=%s', 'second'],
    ['a switch', beginSwitch, 'branch --show-current', 'other'],
  ] as const)('is waited for: %s', async (_, beginIt, look, is) => {
    const { git, goOn, probe, unbegun } = await beginIt();

    const probing = probe();
    await goOn();

    expect(unbegun?.type).toBe('did-not-happen');
    expect(await probing).toMatchObject({ type: 'happened', result: { status: 'ok' } });
    expect(await git(look)).toBe(is);
  });

  it('is told to the model when git was killed too, and nothing of it is there', async () => {
    const { git, goOn, probe } = await beginCommit();
    for (const pid of processesWith('Holdfast-Call')) sendSignal(pid, 'SIGKILL');
    await goOn();

    const probed = await probe();

    expect(probed).toMatchObject({
      type: 'happened',
      result: { status: 'error', text: expect.stringContaining('is as it was before this call') },
    });
    expect(await git('rev-list --count HEAD')).toBe('1');
  });
});

describe('git_branch', () => {
  it('makes a branch with the changes that stand there, and goes back', async () => {
    const { caller, workspace, git } = await setUp();
    await writeFile(join(workspace.root, 'a.txt'), 'two\n');
    const tool = createGitBranchTool(tools());

    await caller.call(tool, { name: 'fix/sum', action: 'create' });
    const made = await git('status --short --branch');
    await caller.call(createGitCommitTool(tools()), { message: 'two' });
    const back = { name: 'main', action: 'switch' };
    const preparation = await caller.prepare(tool, back);
    await caller.perform(tool, back, preparation);

    expect(made).toBe('## fix/sum\n M a.txt');
    expect(preparation.facts.paths).toEqual([{ path: 'a.txt', operation: 'write' }]);
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('one\n');
    expect((await caller.probe(tool, back, preparation))?.type).toBe('happened');
  });

  it('is found out about before and after, and made once', async () => {
    const { caller, git } = await setUp();
    const tool = createGitBranchTool(tools());
    const args = { name: 'topic', action: 'create' };
    const preparation = await caller.prepare(tool, args);

    const before = await caller.probe(tool, args, preparation);
    // Killed between the two steps: the branch is there, but not checked out.
    await git('update-ref refs/heads/topic HEAD');
    const between = await caller.probe(tool, args, preparation);
    await caller.perform(tool, args, preparation);

    expect([before?.type, between?.type]).toEqual(['did-not-happen', 'did-not-happen']);
    expect((await caller.probe(tool, args, preparation))?.type).toBe('happened');
    expect(await git('symbolic-ref HEAD')).toBe('refs/heads/topic');
  });

  it('writes over no change, and refuses what cannot be done', async () => {
    const { caller, workspace, git } = await setUp();
    await shell(
      workspace.root,
      'git checkout -qb x; echo x > a.txt; git commit -qam x; git checkout -q main',
    );
    await writeFile(join(workspace.root, 'a.txt'), 'mine\n');
    const tool = createGitBranchTool(tools());
    const refusal = async (name: string, action: string) =>
      (await refusalOf(caller.call(tool, { name, action }))).code;

    expect(await refusal('x', 'switch')).toBe('execution_error');
    expect(await refusal('x', 'create')).toBe('conflict');
    expect(await refusal('y', 'switch')).toBe('not_found');
    expect(await refusal('main', 'switch')).toBe('conflict');
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('mine\n');
    expect(await git('symbolic-ref HEAD')).toBe('refs/heads/main');
    for (const name of ['--orphan', 'a..b', '/a', 'a/', 'a.lock', 'a b', '@{-1}', 'a/.b']) {
      expect(tool.schema.safeParse({ name, action: 'create' }).success).toBe(false);
    }
  });
});

describe('git_push', () => {
  it('pushes a branch once, on condition of what stands there', async () => {
    const { caller, git, there } = await setUp();
    const commit = await topic(git);
    const tool = createGitPushTool(access());
    const args = { branch: 'topic' };

    const preparation = await caller.prepare(tool, args);
    const before = await caller.probe(tool, args, preparation);
    const result = await caller.perform(tool, args, preparation);

    expect(preparation.facts).toMatchObject({
      access: 'change',
      commands: [{ argv: ['git', 'push', 'origin', 'topic'] }],
    });
    expect(before?.type).toBe('did-not-happen');
    expect(result).toMatchObject({ status: 'ok', text: expect.stringContaining('a new branch') });
    expect(await there('topic')).toBe(commit);
    expect((await caller.probe(tool, args, preparation))?.type).toBe('happened');
    expect((await caller.perform(tool, args, preparation)).status).toBe('ok');
    expect((await refusalOf(caller.prepare(tool, args))).code).toBe('conflict');
  });

  it('pushes nothing when somebody else was faster', async () => {
    const { caller, git, there, bare } = await setUp();
    await topic(git);
    const tool = createGitPushTool(access());
    const args = { branch: 'topic' };
    const preparation = await caller.prepare(tool, args);
    await shell(bare, 'git branch topic main; chmod -R a+rwX .');

    const refused = await refusalOf(caller.perform(tool, args, preparation));

    expect(refused).toMatchObject({ code: 'conflict', message: expect.stringContaining('moved') });
    expect(await there('topic')).toBe(await there('main'));
    expect((await caller.probe(tool, args, preparation))?.type).toBe('no-answer');
  });

  it('drops commits of others only when it is told to, as a destructive call', async () => {
    const { caller, git, bare, there } = await setUp();
    const commit = await topic(git);
    await shell(
      bare,
      'git branch topic $(git commit-tree -p main -m other main^{tree}); chmod -R a+rwX .',
    );
    const tool = createGitPushTool(access());

    const refused = await refusalOf(caller.prepare(tool, { branch: 'topic' }));
    const args = { branch: 'topic', overwrite: 'yes' };
    const preparation = await caller.prepare(tool, args);
    await caller.perform(tool, args, preparation);

    expect(refused.message).toContain('has commits that ours has not');
    expect(preparation.facts.access).toBe('destructive');
    expect(preparation.preview).toContain('--force-with-lease');
    expect(await there('topic')).toBe(commit);
  });

  it('sees which commits it would drop, whatever replaces them in the workspace', async () => {
    const { caller, git, bare } = await setUp();
    await topic(git);
    await shell(
      bare,
      'git branch topic $(git commit-tree -p main -m other main^{tree}); chmod -R a+rwX .',
    );
    await git(`fetch -q ${bare} topic:other`);
    await git('replace --graft topic other');

    const refused = await refusalOf(
      caller.prepare(createGitPushTool(access()), { branch: 'topic' }),
    );

    expect(refused.message).toContain('has commits that ours has not');
  });

  it('marks the default branch, and is told what a remote refuses', async () => {
    const { caller, git, bare } = await setUp();
    await git('commit -q --allow-empty -m work');
    await writeFile(join(bare, 'hooks', 'pre-receive'), '#!/bin/sh\necho no entry >&2\nexit 1\n');
    await chmod(join(bare, 'hooks', 'pre-receive'), 0o755);
    const tool = createGitPushTool(access());

    const preparation = await caller.prepare(tool, { branch: 'main' });
    const refused = await refusalOf(caller.perform(tool, { branch: 'main' }, preparation));

    expect(preparation.facts.commands[0]?.argv).toContain('--default-branch');
    expect(preparation.facts.access).toBe('destructive');
    expect(refused.message).toContain('pre-receive hook declined');
  });

  it('reads no setting and runs no hook of the workspace', async () => {
    const { caller, git, there, workspace } = await setUp();
    const commit = await topic(git);
    await shell(
      workspace.root,
      `git config remote.origin.url /elsewhere; git config core.sshCommand 'touch ran'; git config url./elsewhere.insteadOf /
       mkdir -p .git/hooks; printf '#!/bin/sh\\ntouch ran; exit 1\\n' > .git/hooks/pre-push; chmod +x .git/hooks/pre-push`,
    );

    await caller.call(createGitPushTool(access()), { branch: 'topic' });

    expect(await there('topic')).toBe(commit);
    expect(existsSync(join(workspace.root, 'ran'))).toBe(false);
  });

  it('takes what a remote says for no word of git: a push that broke off may have happened', async () => {
    const { caller, git, there, bare } = await setUp();
    const commit = await topic(git);
    const hook = join(bare, 'hooks', 'post-receive');
    await writeFile(
      hook,
      '#!/bin/sh\necho unable to access the mirror\nsleep 0.5\nkill -9 $PPID\n',
    );
    await chmod(hook, 0o755);
    const tool = createGitPushTool(access());
    const preparation = await caller.prepare(tool, { branch: 'topic' });

    const broken = caller.perform(tool, { branch: 'topic' }, preparation);

    await expect(broken).rejects.not.toBeInstanceOf(ToolError);
    expect(await there('topic')).toBe(commit);
    expect(await caller.probe(tool, { branch: 'topic' }, preparation)).toMatchObject({
      type: 'happened',
    });
  });

  it('lets no setting of the workspace start a program where git fetches what it lacks', async () => {
    const { caller, git, bare } = await setUp();
    await topic(git);
    // A commit that is only there: git is asked for it in the workspace.
    await shell(
      bench.base,
      `git clone -q ${bare} other; cd other; git checkout -q -b topic; git commit -q --allow-empty -m theirs; git push -q origin topic`,
    );
    const ran = join(bench.base, 'remotes', 'ran');
    await git(`config extensions.partialClone far`);
    await git(`config remote.far.url ${bare}`);
    await git(`config remote.far.promisor true`);
    await git(`config remote.far.uploadpack 'touch ${ran};false'`);
    await git('config protocol.allow always');
    const bin = join(bench.base, 'bin');
    // Versions of git before 2.45 do not know the variable.
    await putFiles(bin, { git: '#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec /usr/bin/git "$@"\n' });
    await chmod(join(bin, 'git'), 0o755);
    const older = { ...access().git, searchPath: `${bin}:${process.env['PATH'] ?? ''}` };

    await refusalOf(caller.prepare(createGitPushTool(access({ git: older })), { branch: 'topic' }));

    expect(existsSync(ran)).toBe(false);
  });

  it('refuses remotes that nobody allowed, and names those there are', async () => {
    const { caller, git, workspace } = await setUp();
    await topic(git);
    const refusal = async (tool: ReturnType<typeof createGitPushTool>, args: object) =>
      refusalOf(caller.prepare(tool, { branch: 'topic', ...args }));
    const offline = callerFor(workspace, { networkAllowed: false });
    const tool = createGitPushTool(access());

    const folder = await refusal(createGitPushTool(access({ repositories: ['/other'] })), {});
    const unknown = await refusal(tool, { remote: 'upstream' });
    const missing = await refusal(tool, { branch: 'nothing' });

    expect(folder.code).toBe('access_denied');
    expect(unknown.message).toContain('it has origin');
    expect(missing.code).toBe('not_found');
    expect((await refusalOf(offline.prepare(tool, { branch: 'topic' }))).code).toBe(
      'access_denied',
    );
    expect(tool.schema.safeParse({ branch: 'topic', remote: '--exec=x' }).success).toBe(false);
  });

  describe('over http', () => {
    let server: Server;
    let port: number;
    let headers: (string | undefined)[];

    beforeEach(async () => {
      headers = [];
      server = createServer((request, response) => {
        headers.push(request.headers.authorization);
        if (request.url?.startsWith('/away/') === true) {
          response.writeHead(302, { location: `http://127.0.0.1:${port}/origin.git` }).end();
          return;
        }
        if (request.headers.authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
          return;
        }
        const url = new URL(request.url ?? '/', 'http://here');
        const backend = spawn('git', ['http-backend'], {
          env: {
            PATH: process.env['PATH'],
            GIT_PROJECT_ROOT: join(bench.base, 'remotes'),
            GIT_HTTP_EXPORT_ALL: '1',
            GIT_CONFIG_COUNT: '1',
            GIT_CONFIG_KEY_0: 'safe.directory',
            GIT_CONFIG_VALUE_0: '*',
            REMOTE_USER: 'tester',
            PATH_INFO: url.pathname,
            QUERY_STRING: url.search.slice(1),
            REQUEST_METHOD: request.method,
            CONTENT_TYPE: request.headers['content-type'] ?? '',
            GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
            HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
          },
        });
        request.pipe(backend.stdin);
        const parts: Buffer[] = [];
        backend.stdout.on('data', (part: Buffer) => parts.push(part));
        backend.on('close', () => {
          const whole = Buffer.concat(parts);
          const end = whole.indexOf('\r\n\r\n');
          const lines = whole.subarray(0, end).toString('latin1').split('\r\n');
          const status = lines.find((line) => line.startsWith('Status: '))?.slice(8, 11) ?? '200';
          for (const line of lines) {
            const [name = '', value = ''] = line.split(': ');
            if (name !== 'Status') response.setHeader(name, value);
          }
          response.writeHead(Number(status)).end(whole.subarray(end + 4));
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      port = typeof address === 'object' && address !== null ? address.port : 0;
    });

    afterEach(() => {
      server.close();
    });

    it('names itself to the host whose address was checked', async () => {
      const { caller, git, there } = await setUp(
        () => `http://user:old@git.example:${port}/origin.git`,
      );
      const commit = await topic(git);
      const tool = createGitPushTool(named());

      const preparation = await caller.prepare(tool, { branch: 'topic' });
      await caller.perform(tool, { branch: 'topic' }, preparation);

      expect(preparation.facts.hosts).toEqual([`git.example:${port}`]);
      expect(JSON.stringify(preparation)).not.toMatch(/secret|old@/);
      expect(await there('topic')).toBe(commit);
      expect(headers).toContain(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    });

    it('gives a remote up that does not answer', async () => {
      const silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = silent.address();
      const to = typeof address === 'object' ? address?.port : undefined;
      const { caller, git } = await setUp(() => `http://git.example:${to}/origin.git`);
      await topic(git);
      const tool = createGitPushTool({ ...named(), lookMs: 200 });

      const refused = await refusalOf(caller.prepare(tool, { branch: 'topic' }));
      silent.closeAllConnections();
      silent.close();

      expect(refused.code).toBe('timeout');
    });

    it('refuses hosts and private addresses that nobody named, redirects, and a missing credential', async () => {
      const { caller, git, there } = await setUp(() => `http://git.example:${port}/origin.git`);
      await topic(git);
      const lookUp = named().rules.lookUp;
      const refusal = async (more: Partial<RemoteAccess>) =>
        refusalOf(caller.prepare(createGitPushTool({ ...named(), ...more }), { branch: 'topic' }));

      const absent = await refusal({ rules: { allowedHosts: ['other'], lookUp } });
      const matched = await refusal({ rules: { allowedHosts: ['*'], lookUp } });
      const asked = headers.length;
      const nobody = await refusal({ credentialFor: async () => undefined });
      const unset = await refusal({
        credentialFor: () =>
          Promise.reject(new HoldfastError('dependency_missing', 'the variable TOKEN is not set')),
      });
      await shell(
        bench.source,
        `git remote set-url origin http://git.example:${port}/away/origin.git`,
      );
      const ref = await bench.workspaces.create('run/default/away', bench.source);
      const away = callerFor(await bench.workspaces.open(ref));
      const moved = await refusalOf(away.prepare(createGitPushTool(named()), { branch: 'main' }));

      expect([absent.code, matched.code]).toEqual(['access_denied', 'access_denied']);
      expect(asked).toBe(0);
      expect(nobody.code).toBe('execution_error');
      expect(unset.message).toContain('TOKEN');
      expect(moved.code).toBe('execution_error');
      expect(await there('topic')).toBe('');
    });
  });
});

describe('remoteUrl', () => {
  it.each([
    ['https://user:pass@host.example/a/b.git', 'https://host.example/a/b.git'],
    ['git@host.example:a/b.git', 'https://host.example/a/b.git'],
    ['ssh://git@host.example:2222/a/b.git', 'https://host.example/a/b.git'],
    ['/srv/git/b.git', '/srv/git/b.git'],
    ['../b.git', undefined],
    ['ext::sh -c id', undefined],
    ['file:///srv/b.git', undefined],
  ])('takes %s as %s', (written, url) => {
    expect(remoteUrl(written)).toBe(url);
  });
});

describe('taking back', () => {
  type Place = Awaited<ReturnType<typeof setUp>>;

  const committing = async ({ caller, workspace }: Place) => {
    await putFiles(workspace.root, { 'a.txt': 'two\n' });
    const tool = createGitCommitTool(tools());
    const args = { message: 'second' };
    const preparation = await caller.prepare(tool, args);
    await caller.perform(tool, args, preparation);
    return () => caller.takeBack(tool, args, preparation);
  };

  it('leaves a commit alone that is not the newest, or not the same any more', async () => {
    const place = await setUp();
    const takeBack = await committing(place);

    await place.git('commit -q --allow-empty -m third');
    expect(await refusalOf(takeBack())).toMatchObject({ code: 'conflict' });
    await place.git('reset -q --hard HEAD~1');
    await place.git('reset -q --soft HEAD~1');
    await putFiles(place.workspace.root, { 'a.txt': 'more\n' });
    await place.git(`commit -qa -m second --trailer 'Holdfast-Call: run/t/key/main/t1/c0'`);
    expect(await refusalOf(takeBack())).toMatchObject({ code: 'conflict' });

    expect(await place.git('rev-list --count HEAD')).toBe('2');
  });

  it('leaves a branch without a commit where it had none', async () => {
    const place = await setUp();
    await place.git('checkout -q --orphan empty');
    await place.git('rm -rqf --cached .');
    const takeBack = await committing(place);

    expect(await takeBack()).toMatchObject({ text: 'empty is without a commit again' });

    expect(await place.git('rev-parse -q --verify HEAD || true')).toBe('');
    expect(await place.git('symbolic-ref HEAD')).toBe('refs/heads/empty');
  });

  it('goes back to a commit that was checked out without a branch, and keeps a branch with work of its own', async () => {
    const place = await setUp();
    const { caller, git, workspace } = place;
    await git('checkout -q --detach');
    // The log of references is made by whoever writes the first one.
    await shell(workspace.root, 'chown -R --reference=. .git');
    const tool = createGitBranchTool(tools());
    const make = { name: 'topic', action: 'create' };
    const made = await caller.prepare(tool, make);
    await caller.perform(tool, make, made);

    await git('commit -q --allow-empty -m own');
    expect(await refusalOf(caller.takeBack(tool, make, made))).toMatchObject({ code: 'conflict' });
    await git('reset -q --hard HEAD~1');
    await caller.takeBack(tool, make, made);

    expect(await git('symbolic-ref -q HEAD || echo none')).toBe('none');
    expect(await git('branch --list topic')).toBe('');
  });

  it('checks out the branch before a switch, with what is not committed', async () => {
    const { caller, git, workspace } = await setUp();
    await git('branch topic');
    const tool = createGitBranchTool(tools());
    const args = { name: 'topic', action: 'switch' };
    const preparation = await caller.prepare(tool, args);
    await caller.perform(tool, args, preparation);
    await putFiles(workspace.root, { 'a.txt': 'changed\n' });

    await caller.takeBack(tool, args, preparation);

    expect(await git('symbolic-ref --short HEAD')).toBe('main');
    expect(await git('branch --list topic')).toContain('topic');
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('changed\n');
  });

  it('puts a branch back that it had moved on, and says by hand where the commit before is not here', async () => {
    const { caller, git, there, bare } = await setUp();
    const before = await topic(git);
    await git(`push -q ${bare} topic`);
    await git('commit -q --allow-empty -m more');
    const tool = createGitPushTool(access());
    const args = { branch: 'topic', overwrite: 'yes' };
    const forward = await caller.prepare(tool, args);
    await caller.perform(tool, args, forward);

    await caller.takeBack(tool, args, forward);
    expect((await there('topic')).trim()).toBe(before);

    const tree = (await shell(bare, 'git rev-parse main^{tree}')).trim();
    const theirs = (await shell(bare, `git commit-tree ${tree} -m theirs`)).trim();
    await shell(bare, `git update-ref refs/heads/topic ${theirs}; chmod -R a+rwX .`);
    const dropping = await caller.prepare(tool, args);
    await caller.perform(tool, args, dropping);
    const refusal = await refusalOf(caller.takeBack(tool, args, dropping));

    expect(refusal).toMatchObject({ code: 'not_found' });
    expect(refusal.message).toContain(`--force-with-lease=topic:`);
  });
});
