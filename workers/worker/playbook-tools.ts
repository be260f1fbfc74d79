import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { keepTrying } from '../../activities/effects/keep-trying.ts';
import {
  createPlaybookRunner,
  type PlaybookRunner,
} from '../../activities/playbooks/run/playbook-runner.ts';
import { findProgram } from '../../activities/sandbox/launch/find-launcher.ts';
import { createSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import type {
  ApplyRecords,
  PlaybookTools,
} from '../../activities/tools/playbooks/apply/playbook-tools.ts';
import type { Workspaces } from '../../activities/workspace/workspaces.ts';
import { homePaths } from '../../storage/home/home-paths.ts';
import {
  beginApply,
  endApply,
  isSeenContent,
  putChanges,
  putSeenContent,
  readApply,
  readChanges,
  rollbackOf,
} from '../../storage/playbook-applies/playbook-applies.ts';
import type { Database } from '../../storage/postgres/database.ts';
import type { WiringOptions } from './wire-activities.ts';

/** What the tools that run playbooks are made from, and how to give back what they hold. */
export interface WiredPlaybookTools extends PlaybookTools {
  readonly close: () => void;
}

/** Wires the tools that run playbooks. Ansible is looked for when it is first needed. */
export function wirePlaybookTools(
  options: WiringOptions,
  {
    stateFolder,
    workspaces,
  }: {
    readonly stateFolder: string;
    readonly workspaces: Pick<Workspaces, 'changedFiles'>;
  },
): WiredPlaybookTools {
  const { db, home, settings } = options;
  const { inventories } = settings.ansible;
  const { runner, close } = lazyRunner(options, stateFolder);
  return {
    runner,
    close,
    records: recordsIn(db),
    folder: join(home, 'playbooks'),
    inventories,
    changedFiles: workspaces.changedFiles,
  };
}

function lazyRunner(
  { home, environment, isRoot, redactor, secrets, commandLeaseMs: leaseMs }: WiringOptions,
  stateFolder: string,
): { readonly runner: PlaybookRunner; readonly close: () => void } {
  let made: Promise<Sandbox> | undefined;
  const sandbox = (): Promise<Sandbox> => {
    made ??= createSandbox({
      stateFolder,
      environment: { ...environment, PATH: pathWithAnsible(home, environment) },
      findSecrets: (bytes) => redactor.rangesInBytes(bytes),
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
    return made;
  };
  const runner = async (): Promise<PlaybookRunner> =>
    createPlaybookRunner({
      sandbox: await sandbox(),
      isRoot,
      secrets: () => secrets.snapshot(),
    });
  return {
    runner: {
      start: async (run) => (await runner()).start(run),
      attach: async (run) => (await runner()).attach(run),
      check: async (check) => (await runner()).check(check),
      isBegun: async (name) => (await runner()).isBegun(name),
    },
    close: () => void made?.then((open) => open.close()).catch(() => undefined),
  };
}

/** The PATH of commands, with the environment that set-up made behind it where Ansible is not on it. */
function pathWithAnsible(home: string, environment: WiringOptions['environment']): string {
  const path = environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  if (findProgram(path, 'ansible-playbook') !== undefined) return path;
  const { ansible } = homePaths(home, environment['HOLDFAST_CACHE']);
  const own = findProgram(join(ansible, 'bin'), 'ansible-playbook');
  // What it needs lies beside it, and its Python is not that of the agent's commands.
  return own === undefined ? path : `${dirname(realpathSync(own))}:${path}`;
}

function recordsIn(db: Database): ApplyRecords {
  return {
    begin: (apply) => beginApply(db, apply),
    // Only this process knows what it saw: a database that is away for a moment must not make it unknown.
    end: (callId, ended) => keepTrying(() => endApply(db, callId, ended)),
    find: (tenant, callId) => readApply(db, tenant, callId),
    rollbackOf: (tenant, callId) => rollbackOf(db, tenant, callId),
    put: (apply, results) => keepTrying(() => putChanges(db, apply, results)),
    changes: (tenant, callId) => readChanges(db, tenant, { callId }),
    seen: (apply, content) => putSeenContent(db, apply, content),
    isSeen: (tenant, content) => isSeenContent(db, tenant, content),
  };
}
