import { HoldfastError } from '../../../domain/failures.ts';
import { closedParent } from '../../../storage/home/data-folder.ts';
import type { InstanceOptions } from '../instance-options.ts';
import { choosePort } from './loopback-ports.ts';
import { preparePostgres, startPostgres } from './postgres-part.ts';
import { type SupervisedPart, supervisePart } from '../supervision/supervise-part.ts';
import { startTemporal } from './temporal-part.ts';

/** A server that runs. `part` is absent for one that somebody else runs. */
export interface RunningServer {
  readonly address: string;
  readonly ui?: string;
  readonly part?: SupervisedPart;
}

/** Called when a server came back after it died. */
type OnChange = () => void;

/** Two instances that start at once may choose the same free port: the later one tries again. */
const portTries = 3;

/** Starts the Temporal server, or uses the one that is configured. */
export async function startTemporalServer(
  options: InstanceOptions,
  onChange: OnChange,
): Promise<RunningServer> {
  const { config, paths, log, environment } = options;
  if (config.temporalAddress !== undefined) return { address: config.temporalAddress };
  const program = await options.temporalProgram();
  return tryPorts([config.ports.temporal], async (port) => {
    const uiPort = await choosePort([config.ports.temporalUi]);
    const temporal = { program, port, uiPort, namespace: config.namespace, environment, log };
    const start = (): ReturnType<typeof startTemporal> =>
      startTemporal({ ...temporal, databaseFile: paths.temporalDatabase });
    const part = await supervisePart(
      { name: 'temporal', start, onRestarted: onChange, onGiveUp: options.onGiveUp },
      log,
    );
    return { address: `127.0.0.1:${port}`, ui: `http://127.0.0.1:${uiPort}`, part };
  });
}

/** Starts PostgreSQL, or uses the database that is configured; brings its schema up to date. */
export async function startDatabase(
  options: InstanceOptions,
  onChange: OnChange,
): Promise<RunningServer> {
  const server = await startDatabaseServer(options, onChange);
  const { migrateUp } = await import('../../../storage/migrations/migrate.ts');
  const applied = await migrateUp(server.address);
  if (applied.length > 0) options.log.write('migrated', { applied });
  const { loadDefinitions } = await import('../load-definitions.ts');
  const { home } = options.config;
  const source = { databaseUrl: server.address, home, variables: options.environment };
  const changed = await loadDefinitions(source, 'at-start');
  if (changed.length > 0) options.log.write('definitions-loaded', { changed });
  return server;
}

async function startDatabaseServer(
  options: InstanceOptions,
  onChange: OnChange,
): Promise<RunningServer> {
  const { config, paths, log, account } = options;
  if (config.databaseUrl !== undefined) return { address: config.databaseUrl };
  const programs = await options.postgresPrograms();
  if (account !== undefined) assertEnterable(paths.postgres, account.name);
  const { postgresData: dataFolder, postgresPassword: passwordFile } = paths;
  return tryPorts([config.ports.postgres], async (port) => {
    const postgres = { cluster: { programs, dataFolder, passwordFile, account }, port, log };
    const address = await preparePostgres(postgres);
    const start = (): ReturnType<typeof startPostgres> => startPostgres(postgres, address);
    const part = await supervisePart(
      { name: 'postgres', start, onRestarted: onChange, onGiveUp: options.onGiveUp },
      log,
    );
    return { address, part };
  });
}

async function tryPorts(
  wanted: readonly number[],
  start: (port: number) => Promise<RunningServer>,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(attempt === 1 ? wanted : []);
    try {
      return await start(port);
    } catch (error) {
      const isTaken =
        error instanceof Error &&
        /address already in use|bind:|could not bind/i.test(error.message);
      if (!isTaken || attempt === portTries) throw error;
    }
  }
}

function assertEnterable(folder: string, user: string): void {
  const closed = closedParent(folder);
  if (closed === undefined) return;
  throw new HoldfastError(
    'permission_denied',
    `the data folder cannot be used: PostgreSQL runs as the user ${user}, who may not enter ${closed.path} (mode ${closed.mode})`,
    {
      suggestion: `set HOLDFAST_HOME to a folder outside ${closed.path}, or run: chmod o+x ${closed.path}`,
    },
  );
}
