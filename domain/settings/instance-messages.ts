import { isJsonObject } from '../json.ts';
import type { TransportedError } from './provision-report.ts';

/** One task queue serves all roles of one machine, so that the server dispatches activities eagerly. */
export const localTaskQueue = 'holdfast';

/** Name of the environment variable that carries an `InstanceConfig` as JSON; it may hold a database password. */
export const instanceConfigVariable = 'HOLDFAST_INSTANCE_CONFIG';

/** What the instance program is told by the command that starts it. */
export interface InstanceConfig {
  readonly home: string;
  readonly version: string;
  /** True: lives on when the command that started it ends. */
  readonly isDetached: boolean;
  /** A server that somebody else runs; absent: one is started. */
  readonly temporalAddress?: string;
  readonly namespace: string;
  /** A database that somebody else runs; absent: one is started. */
  readonly databaseUrl?: string;
  readonly ports: InstancePorts;
}

/** Ports that are taken when they are free. */
interface InstancePorts {
  readonly temporal: number;
  readonly temporalUi: number;
  readonly postgres: number;
}

/** What a person needs to know of an instance that is ready. */
export interface InstanceSummary {
  readonly home: string;
  readonly pid: number;
  readonly temporalAddress: string;
  readonly temporalUi?: string;
  /** Without its password. */
  readonly database: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly hasWorker: boolean;
  readonly startMs: number;
}

/** What the instance program tells the command that started it. */
export type InstanceEvent =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'ready'; readonly summary: InstanceSummary }
  | { readonly type: 'failed'; readonly error: TransportedError };

/** True for a message of the instance program; programs and commands are always of the same build. */
export function isInstanceEvent(value: unknown): value is InstanceEvent {
  return isJsonObject(value) && ['progress', 'ready', 'failed'].includes(String(value['type']));
}
