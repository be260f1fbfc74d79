import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type {
  ProvisionAttempt,
  ProvisionedPart,
} from '../../../domain/settings/provision-report.ts';
import { fileSha256 } from '../../../storage/home/verified-facts.ts';
import type { ProvisionContext } from '../provision-context.ts';
import { findOnPath, lastLine, runCommand } from '../run-command.ts';
import { findAnsible } from './find-ansible.ts';

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));

/** Some 15 MB in 30 files over a slow mirror. Milliseconds. */
const installLimitMs = 300_000;

/** Finds Ansible and its linter, or makes an environment of our own with the pinned versions of both. */
export async function provisionAnsible(
  context: ProvisionContext,
): Promise<readonly ProvisionedPart[]> {
  const before = await findAnsible(context);
  if (before.every(({ state }) => state !== 'missing')) return before;
  const attempt = await makeEnvironment(context);
  const after = await findAnsible(context);
  return after.map((part, index) => {
    const first = before[index];
    if (first?.state !== 'missing') return part;
    const attempts = [...first.attempts, attempt];
    if (part.state === 'missing') return { ...part, attempts, mend: mendOf(attempt) };
    return { ...part, state: 'installed', attempts };
  });
}

function mendOf({ outcome }: ProvisionAttempt): string {
  return /python/i.test(outcome)
    ? 'install Python 3.11 or later with its venv module'
    : 'put ansible-playbook (>= 2.19, < 2.22) and ansible-lint on the PATH, or make the package index reachable';
}

/**
 * Makes the environment in a folder of its own and points the link at it at the end: scripts inside name the folder
 * they were made in, so it cannot be moved, and a set-up that was interrupted leaves nothing that looks finished.
 */
async function makeEnvironment(context: ProvisionContext): Promise<ProvisionAttempt> {
  const python = await findPython(context);
  if (python === undefined) {
    return { way: 'python3 -m venv', outcome: 'there is no python3 >= 3.11 with venv' };
  }
  const way = `${python} -m venv and pip install`;
  const link = context.paths.ansible;
  const folder = `${link}-${(await fileSha256(requirements)).slice(0, 12)}-${randomUUID().slice(0, 8)}`;
  context.progress(`ansible: installing the pinned versions into ${folder}`);
  mkdirSync(dirname(link), { recursive: true });
  const options = { environment: context.environment, timeoutMs: installLimitMs };
  const made = await runCommand(python, ['-m', 'venv', folder], options);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  // SAFETY: each file is named by its checksum; nothing is built here, so nothing foreign runs at installation.
  const pinned = ['--require-hashes', '--only-binary', ':all:', '-r', requirements];
  const installed =
    made.code === 0
      ? await runCommand(join(folder, 'bin', 'python'), [...pip, ...pinned], options)
      : made;
  if (installed.code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    return {
      way,
      outcome: lastLine(installed.stderr === '' ? installed.stdout : installed.stderr),
    };
  }
  pointAt(link, folder);
  return { way, outcome: 'installed' };
}

function pointAt(link: string, folder: string): void {
  const temporary = `${folder}.link`;
  symlinkSync(basename(folder), temporary);
  const isFolder = lstatSync(link, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) rmSync(link, { recursive: true });
  renameSync(temporary, link);
}

/**
 * The system's Python comes first: one of a version manager in a closed home could not be read by the user that
 * playbooks run as.
 */
async function findPython(context: ProvisionContext): Promise<string | undefined> {
  const onPath = findOnPath('python3', context.environment);
  const candidates = ['/usr/bin/python3', ...(onPath === undefined ? [] : [onPath])];
  const options = { environment: context.environment, timeoutMs: 20_000 };
  for (const python of new Set(candidates)) {
    const test = 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))';
    if ((await runCommand(python, ['-c', test], options)).code === 0) return python;
  }
  return undefined;
}
