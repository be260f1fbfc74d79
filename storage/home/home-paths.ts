import { join } from 'node:path';

/** Where things lie in a data folder. */
export interface HomePaths {
  readonly root: string;
  readonly instanceRecord: string;
  readonly instanceLock: string;
  readonly settingsFile: string;
  /** What came of the newest reload of the settings. */
  readonly reloadReport: string;
  readonly logs: string;
  /** Programs got by set-up; may be deleted, set-up gets them again. */
  readonly cache: string;
  readonly verifiedFacts: string;
  /** Python environment with Ansible: a link that points at a finished one; absent until somebody needs it. */
  readonly ansible: string;
  readonly temporal: string;
  readonly temporalDatabase: string;
  readonly postgres: string;
  readonly postgresData: string;
  readonly postgresPassword: string;
  /** The store of secrets, encrypted; mode 0600. */
  readonly secretStore: string;
  /** The keys of the store; mode 0600. */
  readonly secretKeys: string;
  /** Which secrets the worker holds, without their values. */
  readonly secretReport: string;
  /** Signs checkpoints of the audit; mode 0600. */
  readonly auditKey: string;
  /** The newest checkpoint of a tenant, outside of the database. */
  readonly auditCheckpoint: (tenant: string) => string;
}

/** Names the paths inside the data folder `root`; `cacheFolder` may lie elsewhere, shared by several data folders. Pure. */
export function homePaths(root: string, cacheFolder?: string): HomePaths {
  const cache = cacheFolder === undefined || cacheFolder === '' ? join(root, 'cache') : cacheFolder;
  return {
    root,
    instanceRecord: join(root, 'instance.json'),
    instanceLock: join(root, 'instance.lock'),
    settingsFile: join(root, 'holdfast.yaml'),
    reloadReport: join(root, 'reload.json'),
    logs: join(root, 'logs'),
    cache,
    verifiedFacts: join(cache, 'verified.json'),
    ansible: join(cache, 'ansible'),
    temporal: join(root, 'temporal'),
    temporalDatabase: join(root, 'temporal', 'temporal.db'),
    postgres: join(root, 'postgres'),
    postgresData: join(root, 'postgres', 'data'),
    postgresPassword: join(root, 'postgres', 'password'),
    secretStore: join(root, 'secrets', 'store.json'),
    secretKeys: join(root, 'secrets', 'keys.json'),
    secretReport: join(root, 'secrets', 'loaded.json'),
    auditKey: join(root, 'audit', 'key.pem'),
    auditCheckpoint: (tenant) => join(root, 'audit', `checkpoint-${tenant}.json`),
  };
}
