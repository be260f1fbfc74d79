import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { DemoExample } from './demo-examples.ts';

const scriptName = 'rehearsal.json';
const runProgram = promisify(execFile);

/** Where the scripted conversation of an example lies. */
export function scriptOf({ folder }: DemoExample): string {
  return join(examplesFolder(), folder, scriptName);
}

/** The examples stand beside the source, and two folders up from the build. */
function examplesFolder(): string {
  const depth = import.meta.url.endsWith('.ts') ? '../../../' : '../../../../';
  return fileURLToPath(new URL(`${depth}infra/examples`, import.meta.url));
}

/** Copies an example to a new temporary folder and commits it there, as a project of the user's. Gives the folder. */
export async function makeProject(
  { folder }: DemoExample,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const project = join(await mkdtemp(join(tmpdir(), 'holdfast-demo-')), folder);
  const source = join(examplesFolder(), folder);
  await cp(source, project, {
    recursive: true,
    filter: (path) => basename(path) !== scriptName,
  });
  // The person's own settings, such as hooks and signing, have no part in this.
  const env = { ...environment, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = async (...args: readonly string[]): Promise<void> => {
    await runProgram('git', ['-C', project, ...args], { env });
  };
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git(
    '-c',
    'user.name=Holdfast demo',
    '-c',
    'user.email=demo@localhost',
    'commit',
    '--quiet',
    '--message=Add the project as it is',
  );
  return project;
}
