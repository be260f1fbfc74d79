import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  createGitDiffTool,
  createGitLogTool,
  createGitStatusTool,
} from '../../../activities/tools/git/git-tools.ts';
import { createSlots } from '../../../activities/workspace/git/slots.ts';
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
const tools = () => ({ runner: running.runner, gitSlots: createSlots(5) });

describe('git tools', () => {
  it('show status, changes and history', async () => {
    const { call, workspace } = await callerWith({ 'a.txt': 'one\n', 'b.txt': 'b\n' });
    await writeFile(join(workspace.root, 'a.txt'), 'two\n');

    const status = await call(createGitStatusTool(tools()), {});
    const diff = await call(createGitDiffTool(tools()), { path: 'a.txt' });
    const log = await call(createGitLogTool(tools()), {});

    expect(status.text).toBe('## main\n M a.txt');
    expect(diff.text).toContain('-one\n+two');
    expect(log.text).toMatch(/^[0-9a-f]{7} \d{4}-\d\d-\d\d a: first$/);
  });

  it('let the repository run nothing', async () => {
    const { call, workspace } = await callerWith({ 'a.txt': 'one\n' });
    await shell(
      workspace.root,
      `git config core.fsmonitor 'touch ran'; git config core.pager 'touch ran'; git config diff.external 'touch ran'
       git config diff.x.textconv 'touch ran'; echo '* diff=x' > .gitattributes; echo two > a.txt
       git config core.sshCommand 'touch ran'; git config gpg.program 'touch ran'; git config log.showSignature true`,
    );

    await call(createGitStatusTool(tools()), {});
    const diff = await call(createGitDiffTool(tools()), {});
    await call(createGitLogTool(tools()), {});
    const status = await call(createGitStatusTool(tools()), {});

    expect(diff.text).toContain('+two');
    expect(status.text).not.toContain('ran');
  });

  it('refuse revisions that are options, and say when there is no repository', async () => {
    const ref = await bench.workspaces.create('run/default/empty', undefined);
    const { call } = callerFor(await bench.workspaces.open(ref));

    expect(createGitLogTool(tools()).schema.safeParse({ revision: '--output=x' }).success).toBe(
      false,
    );
    expect((await refusalOf(call(createGitStatusTool(tools()), {}))).code).toBe('not_found');
  });
});
