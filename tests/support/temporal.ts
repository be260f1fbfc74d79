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

/** Ports that are tried: another program may take a free one before the server does. */
const maxAttempts = 3;

/** Starts a Temporal dev server in memory, with the settings and search attributes of a real instance. */
export async function startTestTemporal(options: TestTemporalOptions = {}): Promise<TestTemporal> {
  const program = await provisioned(findTemporal);
  for (let attempt = 1; ; attempt += 1) {
    const server = await startOnce(program, options);
    if ('address' in server) return server;
    if (attempt === maxAttempts) throw server.error;
  }
}

/** Starts it on free ports; gives the error when it ended by itself, as it does where a port is taken. */
async function startOnce(
  program: string,
  { dynamicConfig = [] }: TestTemporalOptions,
): Promise<TestTemporal | { readonly error: unknown }> {
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
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    const wanted = { address, namespace: 'default', timeoutMs: 20_000, lost };
    const connection = await awaitTemporal(wanted);
    await connection.close();
  } catch (error) {
    if (child.exitCode !== null) return { error };
    await stop();
    throw error;
  }
  return { address, namespace: 'default', stop };
}
