import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, homedir } from 'node:os';
import { join } from 'node:path';

import { resolveHome } from '../../../domain/settings/home-folder.ts';
import type { InstanceRecord } from '../../../domain/settings/instance-record-schema.ts';
import { homePaths } from '../../../storage/home/home-paths.ts';
import { readInstance } from '../../../storage/home/instance-record.ts';
import { type CliEnvironment, type CliResult, runCli } from './cli.ts';
import { sendSignal } from './send-signal.ts';

/** A whole instance of one test file, on a data folder of its own. */
export interface TestInstance {
  readonly home: string;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** The environment of commands that are meant for it. */
  readonly variables: CliEnvironment;
  /** Runs a command line against this instance. */
  readonly cli: (args: readonly string[]) => Promise<CliResult>;
  /** The record as it is now: processes change when they are restarted. */
  readonly record: () => InstanceRecord;
  readonly stop: () => Promise<void>;
}

/** Starts an instance with `up --detach` on a temporary data folder, using the programs that set-up got. */
export async function startTestInstance(environment: CliEnvironment = {}): Promise<TestInstance> {
  const home = makeTestHome();
  const variables = { ...testHomeVariables(home), ...environment };
  const up = await runCli(['up', '--detach', '--json'], variables);
  if (up.code !== 0)
    throw new Error(`holdfast up failed (${up.code ?? 'signal'}): ${up.stdout}${up.stderr}`);
  const record = (): InstanceRecord => {
    const state = readInstance(home, sendSignal);
    if (state.type !== 'running') throw new Error(`the instance is ${state.type}`);
    return state.record;
  };
  const { temporalAddress, databaseUrl, namespace, taskQueue } = record();
  return {
    home,
    temporalAddress,
    databaseUrl,
    namespace,
    taskQueue,
    record,
    variables,
    cli: (args) => runCli(args, variables),
    stop: async () => {
      await runCli(['down'], variables);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A new data folder for one test. */
export function makeTestHome(): string {
  return mkdtempSync(join(tmpdir(), 'holdfast-home-'));
}

/** Variables for a command on its own data folder that shares what set-up got; the user's own settings stay out. */
export function testHomeVariables(home: string): CliEnvironment {
  return {
    HOLDFAST_HOME: home,
    HOLDFAST_CACHE: process.env['HOLDFAST_CACHE'] ?? homePaths(ownHome()).cache,
    TEMPORAL_ADDRESS: undefined,
    TEMPORAL_NAMESPACE: undefined,
    DATABASE_URL: undefined,
    // This machine may have less free than runs wait for.
    HOLDFAST_CAPACITY_THRESHOLD: '0',
  };
}

function ownHome(): string {
  const isRoot = process.getuid?.() === 0;
  return resolveHome(
    { variables: process.env, platform: process.platform, userFolder: homedir(), isRoot },
    process.cwd(),
  );
}
