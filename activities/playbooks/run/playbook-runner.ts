import type { PlaybookEvent } from '../../../domain/playbooks/playbook-event-schema.ts';
import type { PlaybookRequest } from '../../../domain/playbooks/playbook-request-schema.ts';
import { checkedRequest } from './checked-request.ts';
import {
  afterEvent,
  emptyRecap,
  playbookVerdict,
  type PlaybookVerdict,
  type Recap,
} from '../../../domain/playbooks/recap.ts';
import type { SecretSnapshot } from '../../secrets/secret-snapshot.ts';
import {
  vaultFailure,
  vaultFailureInWords,
  type VaultFailure,
} from '../../../domain/playbooks/vault-failure.ts';
import { assignWorkspace } from '../../sandbox/assign-workspace.ts';
import type { Launch } from '../../sandbox/durable/launch.ts';
import type { SandboxCommand, SandboxOutcome } from '../../sandbox/sandbox-command.ts';
import { defaultSandboxLimits } from '../../sandbox/sandbox-limits.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { followEvents } from './event-log.ts';
import { playbookArguments } from './playbook-arguments.ts';
import { eventsFile, fillRunFolder } from './run-folder.ts';
import { vaultPasswords, writeVaultFiles } from './vault-passwords.ts';

/** One run of a playbook, to start or to go on with. */
export interface PlaybookRun {
  /** The repository at the commit that is run; belongs to `uid`, and is only read. */
  readonly repository: string;
  readonly uid: number;
  /** Folder of this run alone; keys, variables and events lie there. */
  readonly folder: string;
  /** Names the run among all of this host, 1 to 100 of `[a-z0-9-]`: it begins only once under a name. */
  readonly name: string;
  readonly signal?: AbortSignal;
  /** True for reasons of an abort that end the worker and not the playbook. */
  readonly leavesRunning: Launch['leavesRunning'];
  /** Bytes of events that a worker before this one has handed on. */
  readonly handedOnBytes: number;
  /** Called for every event behind them; `endByte` is what a later worker hands in as `handedOnBytes`. */
  readonly onEvent: (event: PlaybookEvent, endByte: number) => void;
}

/** What a run is started with. */
export interface PlaybookStart extends PlaybookRun {
  readonly request: PlaybookRequest;
  /** Variables that it cannot run without: see the catalog. */
  readonly requiredVars: readonly string[];
  /** Names of the secrets that open its vaults, by vault id. */
  readonly vaults: Readonly<Record<string, string>>;
  /** Time for all of it. Milliseconds. */
  readonly wallMs: number;
}

/** A run in check mode, which changes nothing. */
export interface PlaybookCheck extends Pick<
  PlaybookStart,
  'repository' | 'uid' | 'folder' | 'request' | 'requiredVars' | 'vaults' | 'wallMs'
> {
  readonly signal: AbortSignal;
}

/** What a run in check mode told. */
export interface CheckedPlaybook {
  readonly outcome: PlaybookOutcome;
  readonly events: readonly PlaybookEvent[];
}

/** How a playbook ended. */
export interface PlaybookOutcome
  extends PlaybookVerdict, Pick<Recap, 'tasksTotal' | 'failedTasks'> {
  /** Set when an encrypted value could not be opened. */
  readonly vaultFailure?: VaultFailure;
  readonly exitCode: number;
  readonly durationMs: number;
  readonly hosts: NonNullable<Recap['hosts']>;
  /** What Ansible printed, up to the sandbox's limit. */
  readonly output: string;
}

/** Runs playbooks so that they outlive the worker. */
export interface PlaybookRunner {
  /**
   * Starts a playbook and follows it to its end.
   * @throws {HoldfastError} invalid_argument, not_found, access_denied, dependency_missing, sandbox_unavailable; nothing was
   * started.
   * @throws {CommandLost} when nobody can tell what became of it; the signal's reason after its whole tree is gone.
   */
  readonly start: (run: PlaybookStart) => Promise<PlaybookOutcome>;
  /** Goes on with a playbook that a worker started on this host, this one or another. Throws as `start`. */
  readonly attach: (run: PlaybookRun) => Promise<PlaybookOutcome>;
  /**
   * Runs a playbook in check mode: no task is run for real, whatever it says of check mode. It ends with this worker.
   * @throws as `start`.
   */
  readonly check: (check: PlaybookCheck) => Promise<CheckedPlaybook>;
  /** True when a run of this name was begun on this host, or may not begin any more. */
  readonly isBegun: (name: string) => Promise<boolean>;
}

/** Each host takes a Python process, ssh and its shared connection; hosts are worked on 50 at once at most. */
const processes = 512;

/**
 * What holds whatever the repository's ansible.cfg says. Keep-alives end a connection to a host that is gone after
 * 20 s instead of after TCP's 15 minutes. Without pipelining a command ends with its connection.
 */
const ansibleEnvironment = {
  ANSIBLE_CALLBACK_PLUGINS: '/home/agent/callback',
  ANSIBLE_CALLBACKS_ENABLED: 'holdfast_events',
  ANSIBLE_STDOUT_CALLBACK: 'default',
  HOLDFAST_EVENTS_FD: '3',
  ANSIBLE_NOCOLOR: '1',
  ANSIBLE_PIPELINING: 'False',
  ANSIBLE_RETRY_FILES_ENABLED: 'False',
  ANSIBLE_SSH_ARGS:
    '-o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=5 -o ServerAliveCountMax=3',
  PYTHONDONTWRITEBYTECODE: '1',
};

/** Makes a runner of playbooks; `ansible-playbook` is on the PATH that the sandbox was made with. */
export function createPlaybookRunner({
  sandbox,
  isRoot,
  secrets,
}: {
  readonly sandbox: Pick<Sandbox, 'run' | 'runOnce' | 'resume' | 'isBegun'>;
  readonly isRoot: boolean;
  /** The only source of passwords: what it gives out is kept out of outputs. */
  readonly secrets: VaultSecrets;
}): PlaybookRunner {
  return {
    start: async (run) => {
      const command = await commandOf(run, { isRoot, secrets });
      const outcome = await followed(run, () => sandbox.runOnce(command, launchOf(run)));
      return inWords(outcome, run);
    },
    check: async (check) => {
      const request = { ...check.request, check: true };
      const command = await commandOf({ ...check, request }, { isRoot, secrets });
      const events: PlaybookEvent[] = [];
      const onEvent = (event: PlaybookEvent): void => void events.push(event);
      const following = { folder: check.folder, handedOnBytes: 0, onEvent };
      const outcome = await followed(following, () => sandbox.run(command));
      return { outcome: inWords(outcome, check), events };
    },
    isBegun: (name) => Promise.resolve(sandbox.isBegun({ name })),
    attach: (run) =>
      followed(run, () => {
        const { repository: workspace, folder: home, signal } = run;
        const attachment = { workspace, home, ...(signal === undefined ? {} : { signal }) };
        return sandbox.resume(attachment, launchOf(run));
      }),
  };
}

type VaultSecrets = () => Promise<Pick<SecretSnapshot, 'value' | 'opensVaults'>>;

/** A vault that stayed closed tells more than that Ansible failed. */
function inWords(
  outcome: PlaybookOutcome,
  { vaults }: Pick<PlaybookStart, 'vaults'>,
): PlaybookOutcome {
  if (outcome.vaultFailure === undefined) return outcome;
  return { ...outcome, reason: vaultFailureInWords(outcome.vaultFailure, vaults) };
}

/** Fills the folder of a run and makes the command that runs it. */
async function commandOf(
  run: PlaybookCheck | PlaybookStart,
  { isRoot, secrets }: { readonly isRoot: boolean; readonly secrets: VaultSecrets },
): Promise<SandboxCommand> {
  const { repository, folder, uid, wallMs } = run;
  const request = checkedRequest(run);
  const { files: vaults, input } = await vaultPasswords(run.vaults, secrets);
  const { paths } = fillRunFolder(folder, repository, request);
  if (isRoot) await assignWorkspace(folder, uid);
  return {
    // The plugin inherits a file, which outlives every worker; what reads it keeps its place.
    argv: [
      '/bin/sh',
      '-c',
      `${input === '' ? '' : `${writeVaultFiles} && `}exec 3>>"$HOME/events.ndjson" && exec "$@"`,
      'sh',
      ...playbookArguments(request, { ...paths, vaults }),
    ],
    ...(input === '' ? {} : { input }),
    workspace: repository,
    workspaceAccess: 'read-only',
    home: folder,
    environment: ansibleEnvironment,
    network: 'host',
    uid,
    limits: { ...defaultSandboxLimits, wallMs, processes },
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  };
}

function launchOf({ name, leavesRunning }: PlaybookRun): Launch {
  return { name, leavesRunning, handedOnBytes: 0 };
}

async function followed(
  { folder, handedOnBytes, onEvent }: Pick<PlaybookRun, 'folder' | 'handedOnBytes' | 'onEvent'>,
  run: () => Promise<SandboxOutcome>,
): Promise<PlaybookOutcome> {
  let recap = emptyRecap;
  const log = followEvents(eventsFile(folder), (event, endByte) => {
    recap = afterEvent(recap, event);
    if (endByte > handedOnBytes) onEvent(event, endByte);
  });
  let outcome: SandboxOutcome;
  try {
    outcome = await run();
  } finally {
    log.finish();
  }
  const { exitCode, durationMs, output, status, reason } = outcome;
  const verdict = playbookVerdict(recap, exitCode);
  const { tasksTotal, failedTasks, hosts = {} } = recap;
  const closed = verdict.status === 'succeeded' ? undefined : vaultFailure(output.combined);
  return {
    ...verdict,
    ...(closed === undefined ? {} : { vaultFailure: closed }),
    // What the sandbox ended tells more than that the final counts are missing.
    ...(status === 'OK' || reason === undefined ? {} : { reason }),
    exitCode,
    durationMs,
    hosts,
    tasksTotal,
    failedTasks,
    output: output.combined,
  };
}
