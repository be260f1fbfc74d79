import {
  awaitDatabase,
  type ClusterOptions,
  databaseAddress,
  prepareCluster,
  removeDeadServerLock,
  serverCommand,
} from '../../../storage/postgres/embedded-server.ts';
import { describeExit, type RunningChild, startChild } from '../supervision/child-process.ts';
import type { InstanceLog } from '../instance-log.ts';
import { addressInUse, isTakenByAnother } from './loopback-ports.ts';

/** How the database server of an instance is started. */
export interface PostgresPartOptions {
  readonly cluster: ClusterOptions;
  readonly port: number;
  readonly log: InstanceLog;
}

/** Recovery after a crash may have to replay some log first. */
const startLimitMs = 60_000;

/** Makes the cluster when there is none and gives the address of its database. */
export async function preparePostgres({ cluster, port }: PostgresPartOptions): Promise<string> {
  return databaseAddress(port, await prepareCluster(cluster));
}

/** Starts the server and gives it when the database at `url` answers. */
export async function startPostgres(
  options: PostgresPartOptions,
  url: string,
): Promise<RunningChild> {
  const { cluster, port, log } = options;
  removeDeadServerLock(cluster.dataFolder);
  const child = startChild({
    ...serverCommand(cluster, port, 'durable'),
    environment: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    // Fast shutdown: open transactions are rolled back, the data is written.
    deathSignal: 'INT',
    logFile: log.open('postgres'),
  });
  try {
    await awaitDatabase(url, startLimitMs, () => {
      const exit = child.exit();
      if (exit !== undefined)
        return `it ended with ${describeExit(exit)}: ${log.tail('postgres', 1)}`;
      return isTakenByAnother(port, child.process.pid) ? addressInUse(port) : undefined;
    });
  } catch (error) {
    child.signal('SIGQUIT');
    await child.exited;
    throw error;
  }
  return child;
}
