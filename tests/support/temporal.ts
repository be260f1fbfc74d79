import { spawn } from 'node:child_process';

import { awaitTemporal } from '../../workers/instance/servers/await-temporal.ts';
import { choosePort } from '../../workers/instance/servers/loopback-ports.ts';
import { temporalServerArguments } from '../../workers/instance/servers/temporal-command.ts';
import { findTemporal } from '../../workers/provision/provision-temporal.ts';
import { provisioned } from './provision.ts';

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
  const program = await provisioned(findTemporal);
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
