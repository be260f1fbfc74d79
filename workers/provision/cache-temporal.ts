import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { fileSha256 } from '../../storage/home/verified-facts.ts';
import { parseTemporalVersion } from './pinned-temporal.ts';
import type { ProvisionContext } from './provision-context.ts';
import { runCommand } from './run-command.ts';

/** Where the cache keeps Temporal programs: one folder per checksum, so that the name proves the content. */
function temporalCache(context: ProvisionContext): string {
  return join(context.paths.cache, 'temporal');
}

/** The newest program of the cache whose content still has the checksum of its folder; undefined when none. */
export async function findCachedTemporal(context: ProvisionContext): Promise<string | undefined> {
  const cache = temporalCache(context);
  if (!existsSync(cache)) return undefined;
  for (const checksum of readdirSync(cache)) {
    const program = join(cache, checksum, 'temporal');
    if (!/^[0-9a-f]{64}$/.test(checksum) || !existsSync(program)) continue;
    const actual = await context.facts.recall(program, 'sha256', () => fileSha256(program));
    if (actual === checksum) return program;
    // SAFETY: a program that changed after it was verified is never started.
    context.progress(`${program} does not match its checksum and is removed`);
    rmSync(dirname(program), { recursive: true, force: true });
  }
  return undefined;
}

/** Moves a verified program into the cache by one rename; two set-ups at once end with the same file. */
export function storeTemporal(
  context: ProvisionContext,
  program: string,
  checksum: string,
): string {
  const target = join(temporalCache(context), checksum, 'temporal');
  mkdirSync(dirname(target), { recursive: true });
  chmodSync(program, 0o755);
  renameSync(program, target);
  return target;
}

/** Asks a program for its version, remembered while the file stays the same; undefined when it is no Temporal CLI. */
export async function temporalVersion(
  context: ProvisionContext,
  program: string,
): Promise<string | undefined> {
  const text = await context.facts.recall(program, 'version', async () => {
    const options = { environment: context.environment, timeoutMs: 10_000 };
    return (await runCommand(program, ['--version'], options)).stdout.trim();
  });
  return parseTemporalVersion(text);
}
