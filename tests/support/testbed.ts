import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../infra/testbed/testbed.sh', import.meta.url));
const run = promisify(execFile);

/** Real hosts (h1, h2, ...) with sshd, for one test file. */
export interface Testbed {
  readonly inventory: string;
  /** Runs a command on a host as root, without ssh, and gives what it printed. */
  readonly inside: (host: string, ...command: readonly string[]) => Promise<string>;
  /** Takes a host off the network. */
  readonly cut: (host: string) => Promise<void>;
  readonly mend: (host: string) => Promise<void>;
  readonly down: () => Promise<void>;
}

/** Starts hosts; see infra/testbed. */
export async function startTestbed(hosts: number): Promise<Testbed> {
  const folder = join(mkdtempSync(join(tmpdir(), 'holdfast-testbed-')), 'bed');
  await ask('up', folder, String(hosts));
  return {
    inventory: join(folder, 'inventory.yml'),
    inside: (host, ...command) => ask('inside', folder, host, ...command),
    cut: async (host) => void (await ask('cut', folder, host)),
    mend: async (host) => void (await ask('mend', folder, host)),
    down: async () => void (await ask('down', folder)),
  };
}

async function ask(...args: readonly string[]): Promise<string> {
  return (await run(script, [...args])).stdout;
}

/** What this machine lacks for a test bed; empty when nothing. */
export async function missingForTestbed(): Promise<string> {
  try {
    await run(script, ['needs']);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
