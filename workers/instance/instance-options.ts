import type { InstanceConfig } from '../../domain/settings/instance-messages.ts';
import type { HomePaths } from '../../storage/home/home-paths.ts';
import type { SendSignal } from '../../storage/home/process-identity.ts';
import type { ServerAccount } from '../../storage/postgres/server-account.ts';
import type { InstanceLog } from './instance-log.ts';

/** What an instance is started from; `main.ts` builds it from the process. */
export interface InstanceOptions {
  readonly config: InstanceConfig;
  readonly paths: HomePaths;
  readonly log: InstanceLog;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly sendSignal: SendSignal;
  readonly nodeProgram: string;
  /** Arguments of Node that run the worker; undefined when the build has none. */
  readonly workerProgram: readonly string[] | undefined;
  /** Finds the server program; called only when no address is configured. */
  readonly temporalProgram: () => Promise<string>;
  /** Finds the folder of the PostgreSQL programs; called only when no database is configured. */
  readonly postgresPrograms: () => Promise<string>;
  /** The user that PostgreSQL runs as; undefined when we are not root. */
  readonly account: ServerAccount | undefined;
  readonly progress: (text: string) => void;
  /** Called when a part died too often: the instance has to end. */
  readonly onGiveUp: (error: Error) => void;
}
