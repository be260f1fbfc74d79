import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { HoldfastError } from '../../domain/failures.ts';
import {
  type InstanceConfig,
  instanceConfigVariable,
  type InstanceEvent,
} from '../../domain/settings/instance-messages.ts';
import { Redactor } from '../../activities/redaction/redactor.ts';
import { readSecrets } from '../../activities/secrets/read-secrets.ts';
import { prepareHome } from '../../storage/home/data-folder.ts';
import { loadSettings } from '../../storage/home/settings-file.ts';
import { openVerifiedFacts } from '../../storage/home/verified-facts.ts';
import { findServerAccount } from '../../storage/postgres/server-account.ts';
import type { ProvisionContext } from '../provision/provision-context.ts';
import { findPostgres } from '../provision/provision-postgres.ts';
import { findTemporal } from '../provision/provision-temporal.ts';
import { transportError } from '../provision/transported-error.ts';
import { openInstanceLog } from './instance-log.ts';
import type { InstanceOptions } from './instance-options.ts';
import { type Instance, startInstance } from './start-instance.ts';

const isRoot = process.getuid?.() === 0;
const { [instanceConfigVariable]: configText, ...environment } = process.env;

function tell(event: InstanceEvent): void {
  if (process.connected) process.send?.(event);
}

/** The worker as built, as source through tsx, or as an own program for tests of the supervision. */
function workerProgram(): readonly string[] | undefined {
  const given = environment['HOLDFAST_WORKER_PROGRAM'];
  if (given !== undefined && given !== '') return [given];
  const isSource = import.meta.url.endsWith('.ts');
  const program = isSource ? '../worker/main.ts' : '../../programs/worker.js';
  const file = fileURLToPath(new URL(program, import.meta.url));
  if (!existsSync(file)) return undefined;
  return isSource ? ['--import', import.meta.resolve('tsx'), file] : [file];
}

function instanceOptions(
  config: InstanceConfig,
  onGiveUp: (error: Error) => void,
): InstanceOptions {
  const paths = prepareHome({
    home: config.home,
    cache: environment['HOLDFAST_CACHE'],
    isShared: isRoot,
  });
  const provision: ProvisionContext = {
    // The configured addresses are in the configuration; here only programs are looked for.
    environment: { ...environment, TEMPORAL_ADDRESS: undefined, DATABASE_URL: undefined },
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: process.platform,
    architecture: process.arch,
    isRoot,
    progress: (text) => tell({ type: 'progress', text }),
  };
  const locate = async (find: typeof findTemporal): Promise<string> => {
    const part = await find(provision);
    if (part.where !== undefined) return part.where;
    const tried = part.attempts.map(({ way, outcome }) => `${way}: ${outcome}`).join('; ');
    throw new HoldfastError('dependency_missing', `${part.name} is not there (${tried})`, {
      suggestion: part.mend ?? 'holdfast setup',
      details: { attempts: part.attempts },
    });
  };
  return {
    config,
    paths,
    log: openInstanceLog(paths.logs, (line) => redactor.line(line)),
    environment,
    pid: process.pid,
    sendSignal: (pid, signal) => process.kill(pid, signal),
    nodeProgram: process.execPath,
    workerProgram: workerProgram(),
    temporalProgram: () => locate(findTemporal),
    postgresPrograms: () => locate(findPostgres),
    account: isRoot ? findServerAccount() : undefined,
    progress: provision.progress,
    onGiveUp,
  };
}

const redactor = new Redactor();

/** The log must not show what a secret of the worker is; programs that print secrets are left to the worker. */
async function learnSecrets(home: string): Promise<void> {
  const { settings } = loadSettings({ home, variables: environment, flags: {} });
  const place = { home, environment };
  const { values } = await readSecrets(place, settings.secrets, 'without-commands');
  redactor.learn(values);
}

let instance: Instance | undefined;
let stopRequests = 0;
let exitCode = 0;

async function stop(): Promise<void> {
  stopRequests += 1;
  if (stopRequests > 1) {
    instance?.kill();
    process.exit(130);
  }
  // Still starting: what runs already dies with this process.
  if (instance === undefined) process.exit(exitCode === 0 ? 130 : exitCode);
  await instance.stop();
  process.exit(exitCode);
}

/** Ends a start that failed; the message is delivered before the process ends, and with it what runs already. */
function fail(error: unknown): void {
  const event: InstanceEvent = { type: 'failed', error: transportError(error) };
  if (process.connected && process.send !== undefined) {
    process.send(event, undefined, undefined, () => process.exit(1));
  } else {
    process.stderr.write(`${JSON.stringify(event)}\n`);
    process.exit(1);
  }
}

// Nothing is lost without a word, also when nobody reads our output.
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
// Also what a terminal sends when it is closed: then the instance is ending.
let home: string | undefined;
process.on('SIGHUP', () => {
  if (stopRequests > 0) return;
  // Settings that do not fit are told by who reads them next.
  if (home !== undefined) void learnSecrets(home).catch(() => undefined);
  void instance?.reload();
});

try {
  if (configText === undefined)
    throw new Error(`${instanceConfigVariable} is not set: start it with holdfast up`);
  // Written by our own command of the same build.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const config = JSON.parse(configText) as InstanceConfig;
  ({ home } = config);
  await learnSecrets(home);
  // The terminal of a foreground instance is gone: nobody could end it any more.
  process.on('disconnect', () => {
    if (!config.isDetached) void stop();
  });
  instance = await startInstance(
    instanceOptions(config, (error) => {
      exitCode = 1;
      if (instance === undefined) return fail(error);
      tell({ type: 'failed', error: transportError(error) });
      return void stop();
    }),
  );
  tell({ type: 'ready', summary: instance.summary });
} catch (error) {
  fail(error);
}
