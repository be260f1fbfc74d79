import { setTimeout as wait } from 'node:timers/promises';

import { Connection } from '@temporalio/client';

import { HoldfastError } from '../../../domain/failures.ts';
import { isListening } from './loopback-ports.ts';

/** Which server to wait for, and when to give up. */
export interface AwaitTemporalOptions {
  readonly address: string;
  readonly namespace: string;
  readonly timeoutMs: number;
  /** Why waiting is useless, such as a server that ended; undefined while there is hope. */
  readonly lost: () => string | undefined;
}

/**
 * Connects to a Temporal server as soon as its namespace can be used. A port that answers is not enough: the server
 * registers the namespace a little later.
 * @throws {HoldfastError} unavailable when it does not serve in time.
 */
export async function awaitTemporal(options: AwaitTemporalOptions): Promise<Connection> {
  const { address, namespace, timeoutMs, lost } = options;
  const deadline = performance.now() + timeoutMs;
  let reason = 'nobody listens there';
  while (performance.now() < deadline) {
    const loss = lost();
    if (loss !== undefined) throw notServing(address, loss);
    if (await isListening(address)) {
      const answer = await tryConnect(address, namespace);
      if (typeof answer === 'string') reason = answer;
      else if (lost() === undefined) return answer;
      else await answer.close();
    }
    await wait(20);
  }
  throw notServing(address, reason);
}

async function tryConnect(address: string, namespace: string): Promise<Connection | string> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    await connection?.close();
    return error instanceof Error ? error.message : String(error);
  }
}

function notServing(address: string, reason: string): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `the Temporal server at ${address} does not serve: ${reason}`,
    {
      suggestion:
        'where somebody else runs it, the address comes from TEMPORAL_ADDRESS or temporal.address: holdfast config show --origin',
    },
  );
}
