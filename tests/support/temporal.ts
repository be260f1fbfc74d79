import { spawn } from 'node:child_process';
import { homedir } from 'node:os';

import { resolveHome } from '../../domain/settings/home-folder.ts';
import { homePaths } from '../../storage/home/home-paths.ts';
import { openVerifiedFacts } from '../../storage/home/verified-facts.ts';
import { awaitTemporal } from '../../workers/instance/servers/await-temporal.ts';
import { choosePort } from '../../workers/instance/servers/loopback-ports.ts';
import { temporalServerArguments } from '../../workers/instance/servers/temporal-command.ts';
import type { ProvisionContext } from '../../workers/provision/provision-context.ts';
import { findTemporal } from '../../workers/provision/provision-temporal.ts';

/** A Temporal server of one test file. */
export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly stop: () => Promise<void>;
}

/** More dynamic configuration for a server, such as `limit.historyCount.suggestContinueAsNew=40`. */
export interface TestTemporalOptions {
  readonly dynamicConfig?: readonly string[];
}

/** Starts a Temporal dev server in memory, with the settings and search attributes of a real instance. */
export async function startTestTemporal({
  dynamicConfig = [],
}: TestTemporalOptions = {}): Promise<TestTemporal> {
  const program = await testTemporalProgram();
  const [port, uiPort] = await Promise.all([choosePort([]), choosePort([])]);
  const args = temporalServerArguments({
    port,
    uiPort,
    namespace: 'default',
    databaseFile: undefined,
    dynamicConfig,
  });
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${port}`;
  const lost = (): string | undefined =>
    child.exitCode === null ? undefined : `it ended with ${child.exitCode}`;
  const connection = await awaitTemporal({
    address,
    namespace: 'default',
    timeoutMs: 20_000,
    lost,
  });
  await connection.close();
  return {
    address,
    namespace: 'default',
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The server program that set-up got; its path is what `HOLDFAST_TEMPORAL_PROGRAM` takes. */
async function testTemporalProgram(): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const variables = { ...process.env, TEMPORAL_ADDRESS: '' };
  const home = resolveHome(
    { variables, platform: process.platform, userFolder: homedir(), isRoot },
    process.cwd(),
  );
  const paths = homePaths(home, process.env['HOLDFAST_CACHE']);
  const context: ProvisionContext = {
    environment: variables,
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: process.platform,
    architecture: process.arch,
    isRoot,
    progress: () => undefined,
  };
  const part = await findTemporal(context);
  if (part.where === undefined)
    throw new Error('no Temporal server program: run holdfast setup first');
  return part.where;
}
