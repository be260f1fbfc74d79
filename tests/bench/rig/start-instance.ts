import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { resolveHome } from '../../../domain/settings/home-folder.ts';
import { prepareHome } from '../../../storage/home/data-folder.ts';
import { homePaths } from '../../../storage/home/home-paths.ts';
import { readInstance } from '../../../storage/home/instance-record.ts';
import { openVerifiedFacts } from '../../../storage/home/verified-facts.ts';
import { findServerAccount } from '../../../storage/postgres/server-account.ts';
import type { ProvisionContext } from '../../../workers/provision/provision-context.ts';
import { findPostgres } from '../../../workers/provision/provision-postgres.ts';
import { findTemporal } from '../../../workers/provision/provision-temporal.ts';
import { choosePort } from '../../../workers/instance/servers/loopback-ports.ts';
import { openInstanceLog } from '../../../workers/instance/instance-log.ts';
import type { InstanceOptions } from '../../../workers/instance/instance-options.ts';
import { startInstance } from '../../../workers/instance/start-instance.ts';
import { sendSignal } from '../../support/instance/send-signal.ts';
import { benchModel } from '../model/scripts.ts';

/** The servers of an instance as `holdfast up` starts them, without a worker. */
export interface BenchInstance {
  readonly home: string;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly namespace: string;
  readonly temporalPid: number;
  readonly postgresPid: number;
  /** What starts and supervises its workers. */
  readonly options: InstanceOptions;
  readonly stop: () => Promise<void>;
}

/** Starts Temporal on a file and a durable PostgreSQL in a temporary data folder whose only model is the scripted one. */
export async function startBenchInstance(modelUrl: string): Promise<BenchInstance> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  // Sandboxed users pass through to their workspaces.
  chmodSync(home, 0o711);
  const model = {
    key: benchModel,
    backend: 'generic',
    baseUrl: modelUrl,
    model: benchModel,
    privacy: 'local',
    price: { input: 0.01, output: 0.01 },
  };
  writeFileSync(
    join(home, 'holdfast.yaml'),
    JSON.stringify({ models: [model], defaultModel: benchModel, capacity: { threshold: 0 } }),
  );
  const [temporal, temporalUi, postgres] = await Promise.all([
    choosePort([]),
    choosePort([]),
    choosePort([]),
  ]);
  const options = optionsOf(home, { temporal, temporalUi, postgres });
  const instance = await startInstance(options);
  const state = readInstance(home, sendSignal);
  if (state.type !== 'running') throw new Error('the instance left no record');
  const { temporalAddress, databaseUrl, namespace, parts } = state.record;
  return {
    home,
    temporalAddress,
    databaseUrl,
    namespace,
    temporalPid: parts.temporal?.process?.pid ?? 0,
    postgresPid: parts.postgres?.process?.pid ?? 0,
    options,
    stop: async () => {
      await instance.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function optionsOf(home: string, ports: InstanceOptions['config']['ports']): InstanceOptions {
  const isRoot = process.getuid?.() === 0;
  const variables = { ...process.env };
  for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'DATABASE_URL', 'NODE_OPTIONS']) {
    delete variables[name];
  }
  const ownHome = resolveHome(
    { variables, platform: process.platform, userFolder: homedir(), isRoot },
    process.cwd(),
  );
  const cache = variables['HOLDFAST_CACHE'] ?? homePaths(ownHome).cache;
  const paths = prepareHome({ home, cache, isShared: isRoot });
  const provision: ProvisionContext = {
    environment: variables,
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: process.platform,
    architecture: process.arch,
    isRoot,
    progress: () => undefined,
  };
  const locate = async (find: typeof findTemporal): Promise<string> => {
    const part = await find(provision);
    if (part.where === undefined) throw new Error(`no ${part.name}: run holdfast setup first`);
    return part.where;
  };
  return {
    config: {
      home,
      version: 'bench',
      isDetached: true,
      namespace: 'default',
      ports,
    },
    paths,
    log: openInstanceLog(paths.logs, (line) => line),
    environment: variables,
    pid: process.pid,
    sendSignal,
    nodeProgram: process.execPath,
    workerProgram: undefined,
    temporalProgram: () => locate(findTemporal),
    postgresPrograms: () => locate(findPostgres),
    account: isRoot ? findServerAccount() : undefined,
    progress: () => undefined,
    onGiveUp: (error) => {
      throw error;
    },
  };
}
