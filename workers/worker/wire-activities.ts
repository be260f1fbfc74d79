import { mkdir } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { priceTable } from '../../domain/budget/price.ts';
import { toDatedPrices } from '../../domain/budget/price-schema.ts';
import { priceSeed } from '../../domain/budget/price-seed.ts';
import type { ModelActivities, ToolActivities } from '../../domain/agent/activities.ts';
import type { Settings } from '../../domain/settings/settings-schema.ts';
import type { UndoActivities } from '../../domain/effects/undo.ts';
import type { LockActivities, RunLockActivities } from '../../domain/locks/activities.ts';
import type { RunActivities } from '../../domain/run/activities.ts';
import type { UpkeepActivities } from '../../domain/upkeep/activities.ts';
import { checkpointSigner } from '../../storage/audit/checkpoints.ts';
import { Conversations } from '../../storage/conversations/conversations.ts';
import { ensureAuditKey, keepCheckpoint } from '../../storage/home/audit-key.ts';
import type { Database } from '../../storage/postgres/database.ts';
import { playbookSources } from './playbook-sources.ts';
import { wirePlaybookTools } from './playbook-tools.ts';
import type { EffectDependencies, PauseAt } from '../../activities/effects/dependencies.ts';
import { shellFacts } from '../../activities/commands/shell-facts.ts';
import { redactingGateway } from '../../activities/model/redacting-gateway.ts';
import { resolveModelKey, type KeySources } from '../../activities/model/resolve-key.ts';
import { createToolActivities } from '../../activities/effects/effect-activities.ts';
import { BegunMarks } from '../../activities/effects/ledger/begun-marks.ts';
import type { RecentOutcomes } from '../../activities/effects/ledger/recent-outcomes.ts';
import { thisProcess } from '../../activities/effects/ledger/owner.ts';
import { createUndoActivities } from '../../activities/effects/undo/undo-effect.ts';
import { StopWatcher } from '../../activities/effects/perform/stop-watcher.ts';
import { forOwnRun } from '../../activities/effects/own-run.ts';
import {
  createLockActivities,
  createRunLockActivities,
} from '../../activities/locks/lock-activities.ts';
import { defaultLeaseMs } from '../../activities/locks/lock-dependencies.ts';
import { createModelActivities } from '../../activities/model/model-activities.ts';
import { OpenAiModelGateway } from '../../activities/model/openai/openai-gateway.ts';
import { CurrentPolicies } from '../../activities/prepare/current-policies.ts';
import { PinnedDefinitionsReader } from '../../activities/prepare/pinned-definitions.ts';
import { TrustReader } from '../../activities/prepare/trust-reader.ts';
import { createCapacityGate } from '../../activities/hosts/capacity-gate.ts';
import { startHostReporter } from '../../activities/hosts/host-reporter.ts';
import { startNotifier } from '../../activities/notify/notifier.ts';
import type { Redactor } from '../../activities/redaction/redactor.ts';
import { createRunActivities } from '../../activities/run/run-activities.ts';
import { allocateUid } from '../../activities/sandbox/allocate-uid.ts';
import { gitCredential } from '../../activities/tools/git/git-credential.ts';
import { createSandbox } from '../../activities/sandbox/sandbox.ts';
import type { SecretBroker } from '../../activities/secrets/secret-broker.ts';
import { createToolSecrets } from '../../activities/secrets/tool-secrets.ts';
import { createTools } from '../../activities/tools/catalog.ts';
import { createUpkeepActivities } from '../../activities/upkeep/upkeep-activities.ts';
import { ClosedFiles } from '../../activities/workspace/closed-files/closed-files.ts';
import { createSlots, gitProcesses } from '../../activities/workspace/git/slots.ts';
import { createWorkspaces, gitConfigurationFile } from '../../activities/workspace/workspaces.ts';

/** What the activities of a worker are made from. */
export interface WiringOptions {
  readonly db: Database;
  readonly recent: RecentOutcomes;
  readonly home: string;
  readonly taskQueue: string;
  readonly settings: Settings;
  readonly pid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Does nothing in production. */
  readonly pauseAt: PauseAt;
  /** Time a command runs on without a worker, in milliseconds. */
  readonly commandLeaseMs: number | undefined;
  /** Length of the lease of a lock, in milliseconds; undefined: as usual. */
  readonly lockLeaseMs: number | undefined;
  /** Name of this host; undefined: what the system says. */
  readonly hostName: string | undefined;
  /** Whether this process may act for other users. */
  readonly isRoot: boolean;
  /** Aborts when the process is told to end. */
  readonly closing: AbortSignal;
  /** Knows every secret that this process has seen. */
  readonly redactor: Redactor;
  readonly secrets: SecretBroker;
  /** Tells the operator that something has to be mended. */
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
}

/** The activities of a worker, and how to give back what they hold. */
export interface WiredActivities {
  readonly activities: RunActivities &
    ModelActivities &
    ToolActivities &
    UndoActivities &
    RunLockActivities &
    LockActivities &
    UpkeepActivities;
  readonly close: () => void;
}

/** Builds every real adapter and wires it: the one place that knows them all. */
export async function wireActivities(options: WiringOptions): Promise<WiredActivities> {
  const { db, home, environment, pauseAt, taskQueue, settings, isRoot, closing, warn } = options;
  const { redactor, secrets } = options;
  const host = options.hostName ?? hostname();
  const { threshold } = settings.capacity;
  const hostId = settings.hostId ?? host;
  const reporter = startHostReporter({ ...options, hostId, name: host, threshold });
  const searchPath = environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const stateFolder = join(home, 'sandbox');
  await mkdir(stateFolder, { recursive: true, mode: 0o711 });
  const { commandLeaseMs: leaseMs } = options;
  const sandbox = await createSandbox({
    stateFolder,
    environment,
    findSecrets: (bytes) => redactor.rangesInBytes(bytes),
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  const gitSlots = createSlots(gitProcesses);
  const workspacesRoot = join(home, 'workspaces');
  const { enabled, exclude, maxMegabytes } = settings.bundles;
  const workspaces = await createWorkspaces({
    root: workspacesRoot,
    hostName: host,
    allocateUid: (runId) => allocateUid(runId),
    dataFolder: home,
    searchPath,
    gitSlots,
    planted: settings.honeytokens.enabled ? settings.honeytokens.files : [],
    bundles: { db, enabled, exclude, maxBytes: maxMegabytes * 1024 * 1024, warn },
  });
  const prices = priceTable(priceSeed, toDatedPrices({ prices: settings.prices }));
  const conversations = new Conversations();
  const definitions = new PinnedDefinitionsReader(db);
  const stops = new StopWatcher(db);
  const configurationFile = gitConfigurationFile(workspacesRoot);
  const git = { searchPath, configurationFile, slots: gitSlots };
  const keySources = (): Promise<KeySources> => keySourcesOf(secrets, { environment, redactor });
  const hostRules = { allowedHosts: settings.allowedHosts, lookUp: lookUpAll };
  const playbookRuns = wirePlaybookTools(options, { stateFolder, workspaces });
  const tools = createTools({
    runner: { sandbox, limits: {}, closedFiles: new ClosedFiles() },
    gitSlots,
    findShellFacts: shellFacts,
    http: { ...hostRules, idempotentHosts: settings.idempotentHosts },
    remotes: {
      git,
      rules: hostRules,
      repositories: settings.allowedRepositories,
      credentialFor: async (server) =>
        gitCredential(settings.gitCredentials, server, await keySources()),
    },
    playbooks: playbookSources({ ...options, models: settings.models, stateFolder, keySources }),
    playbookRuns,
    secrets: createToolSecrets(() => secrets.snapshot()),
  });
  const trust = new TrustReader(db);
  const prepare = {
    tools,
    honeytokens: settings.honeytokens,
    redactor,
    trust: async (tenant: string) => trust.read(tenant),
  };
  const { notifications: destinations } = settings;
  const notifier = { db, destinations, secrets: keySources, lookUp: lookUpAll, now: Date.now };
  const stopNotifier = startNotifier(notifier);
  const effects: EffectDependencies = {
    db,
    prepare,
    definitions,
    policies: new CurrentPolicies(db),
    workspaces,
    owner: thisProcess(host, options.pid),
    running: new Set(),
    begun: new BegunMarks(join(home, 'begun')),
    recent: options.recent,
    redactor,
    lockLeaseMs: options.lockLeaseMs ?? defaultLeaseMs,
    pauseAt,
    now: Date.now,
  };
  const locks = {
    db,
    leaseMs: effects.lockLeaseMs,
    waitMs: settings.locks.waitSeconds * 1_000,
    now: Date.now,
  };
  const folder = settings.auditRepository;
  const queues = { workflow: taskQueue, model: taskQueue, tools: taskQueue };
  const runs = { effects, conversations, prices, queues, destinations };
  return {
    activities: {
      ...forOwnRun(db, {
        ...createRunActivities(runs, stops),
        ...createToolActivities(effects, stops),
        ...createRunLockActivities(locks, stops),
        ...createModelActivities(
          {
            db,
            gateway: redactingGateway(new OpenAiModelGateway({ prices }), redactor),
            prices,
            resolveKey: async (entry) => resolveModelKey(entry, await keySources()),
            conversations,
            definitions,
            prepare,
            workspaces,
            recent: options.recent,
            room: createCapacityGate({ db, threshold, reported: reporter.first }),
            pauseAt,
            random: Math.random,
          },
          stops,
        ),
      }),
      ...createUndoActivities(effects, stops),
      ...createLockActivities(locks, stops),
      ...createUpkeepActivities({
        db,
        runs,
        retention: settings.retention,
        capacity: settings.capacity,
        signCheckpoint: checkpointSigner(ensureAuditKey(home)),
        keepCheckpoint: (checkpoint) => keepCheckpoint(home, checkpoint),
        redact: (text) => redactor.text(text),
        repository: folder === undefined ? undefined : { folder, git, isRoot },
        closing,
        warn,
        now: Date.now,
      }),
    },
    close: () => {
      reporter.stop();
      stopNotifier();
      workspaces.close();
      playbookRuns.close();
      sandbox.close();
    },
  };
}

const lookUpAll = async (name: string) => lookup(name, { all: true });

/** Shortest key of a variable that is kept out of outputs: `ollama` and `none` are words, not keys. Characters. */
const shortestKey = 12;

async function keySourcesOf(
  secrets: SecretBroker,
  { environment, redactor }: Pick<WiringOptions, 'environment' | 'redactor'>,
): Promise<KeySources> {
  const snapshot = await secrets.snapshot();
  return {
    environment,
    secret: (name) => snapshot.value(name),
    hostsOf: (name) => snapshot.hostsOf(name),
    learn: (value) => redactor.learn(value.length < shortestKey ? [] : [value]),
  };
}
