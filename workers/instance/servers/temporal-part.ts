import type { RunningChild } from '../supervision/child-process.ts';
import { describeExit, startChild } from '../supervision/child-process.ts';
import type { InstanceLog } from '../instance-log.ts';
import { addressInUse, isTakenByAnother } from './loopback-ports.ts';
import { temporalServerArguments } from './temporal-command.ts';

/** How the Temporal server of an instance is started. */
export interface TemporalPartOptions {
  readonly program: string;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  readonly databaseFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: InstanceLog;
}

/** A cold start on a busy machine takes a few seconds; beyond that something is wrong. */
const startLimitMs = 30_000;

/** Starts the server and gives it when its namespace can be used. */
export async function startTemporal(options: TemporalPartOptions): Promise<RunningChild> {
  const child = startChild({
    file: options.program,
    args: temporalServerArguments(options),
    environment: serverEnvironment(options.environment),
    deathSignal: 'TERM',
    logFile: options.log.open('temporal'),
  });
  // Loading the client takes as long as the server's start: do both at once.
  const { awaitTemporal } = await import('./await-temporal.ts');
  try {
    const connection = await awaitTemporal({
      address: `127.0.0.1:${options.port}`,
      namespace: options.namespace,
      timeoutMs: startLimitMs,
      lost: () => {
        const exit = child.exit();
        if (exit !== undefined)
          return `it ended with ${describeExit(exit)}: ${options.log.tail('temporal', 1)}`;
        const { port } = options;
        return isTakenByAnother(port, child.process.pid) ? addressInUse(port) : undefined;
      },
    });
    await connection.close();
  } catch (error) {
    child.signal('SIGKILL');
    await child.exited;
    throw error;
  }
  return child;
}

/** The server takes settings from TEMPORAL_ variables too: ours must not be bent by the user's client settings. */
function serverEnvironment(
  environment: TemporalPartOptions['environment'],
): TemporalPartOptions['environment'] {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
}
