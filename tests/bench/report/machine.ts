import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

import type { Rig } from '../rig/rig.ts';

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  readonly temporal: string;
  readonly postgres: string;
  readonly sdk: string;
  readonly date: string;
  /** Processes that wanted a core in the minute before the first measurement. */
  readonly load: number;
}

/** Describes this machine and the programs of a rig. */
export async function describeMachine({ instance }: Rig, load: number): Promise<Machine> {
  const { options } = instance;
  const [temporal, postgres] = await Promise.all([
    options.temporalProgram(),
    options.postgresPrograms(),
  ]);
  const manifest: unknown = JSON.parse(
    readFileSync(
      new URL('../../../node_modules/@temporalio/worker/package.json', import.meta.url),
      'utf8',
    ),
  );
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memory: `${(totalmem() / 1024 ** 3).toFixed(0)} GiB`,
    system: `${type()} ${release()}`,
    node: process.version,
    temporal: versionOf(temporal),
    postgres: versionOf(`${postgres}/bin/postgres`),
    sdk: hasVersion ? String(manifest.version) : 'unknown',
    date: new Date().toISOString().slice(0, 10),
    load,
  };
}

function versionOf(file: string): string {
  return execFileSync(file, ['--version'], { encoding: 'utf8' }).trim();
}
