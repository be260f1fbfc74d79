import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createSandbox } from '../../../activities/sandbox/sandbox.ts';
import { ClosedFiles } from '../../../activities/workspace/closed-files/closed-files.ts';
import type { CommandRunner } from '../../../activities/tools/sandboxed-command.ts';
import { callerFor } from '../../unit/activities/tools/call-tool.ts';
import { createWorkspaceBench, putFiles, shell, type WorkspaceBench } from './workspace-bench.ts';

/** A sandbox for the tests of one file. */
export async function startRunner(): Promise<{
  readonly runner: CommandRunner;
  readonly close: () => Promise<void>;
}> {
  const { base, close } = await createWorkspaceBench();
  const stateFolder = join(base, 'state');
  await mkdir(stateFolder);
  await chmod(stateFolder, 0o755);
  const sandbox = await createSandbox({ stateFolder, environment: process.env });
  const end = async (): Promise<void> => {
    sandbox.close();
    await close();
  };
  return { runner: { sandbox, limits: {}, closedFiles: new ClosedFiles() }, close: end };
}

/** Makes a run's workspace out of these files in a repository, and calls tools in it without network. */
export async function callerIn(
  { source, workspaces }: WorkspaceBench,
  files: Readonly<Record<string, string>>,
) {
  await putFiles(source, files);
  await shell(source, 'git init -q -b main; git add -A; git commit -qm first --allow-empty');
  const ref = await workspaces.create('run/default/key', source);
  const workspace = await workspaces.open(ref);
  const changes = async (): Promise<string[]> =>
    (await workspaces.diff(ref)).files.map(({ path, status }) => `${status} ${path}`);
  return { ...callerFor(workspace, { networkAllowed: false }), workspace, changes };
}
