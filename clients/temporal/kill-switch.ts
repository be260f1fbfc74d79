import { setTimeout as wait } from 'node:timers/promises';

import { Client, Connection } from '@temporalio/client';

import { HoldfastError } from '../../domain/failures.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { parseStopScope, stopScopeText } from '../../domain/stops/stop-scopes.ts';
import {
  liftScopes,
  openDatabase,
  releaseRuns,
  stopScopes,
  type Database,
} from '../../storage/administration.ts';
import {
  readGoingOn,
  readHeldRuns,
  readStanding,
  readSwitchHistory,
  type SwitchEntry,
} from '../../storage/readers.ts';
import { wakeSignal } from '../../workflows/run/messages.ts';
import type { KillSwitchClient, KillSwitchState, SwitchRow } from '../kill-switch-client.ts';
import { findRun } from './runs/find-id.ts';
import type { LocalClientOptions } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';
import { translated } from './translate-error.ts';

/** Where the switch is, and who turns it. Temporal may be down, or unknown. */
export type KillSwitchOptions = Pick<
  LocalClientOptions,
  'databaseUrl' | 'tenant' | 'user' | 'identity'
> & {
  readonly temporal?: Pick<LocalClientOptions, 'temporalAddress' | 'namespace'> | undefined;
};

/** Two seconds until every worker has ended what can be ended, and one for writing it down. */
const stopWaitMs = 3_000;
/** A run that was just being stopped says a little later that it waits: it is woken too. */
const wakeWaitMs = 1_500;
const pollMs = 250;
/** Longest wait for one signal, in milliseconds. */
const signalTimeoutMs = 3_000;
const maxGoingOn = 100;
const maxHistory = 20;

/** Opens the kill switch of a local installation; nothing is connected yet. */
export function openKillSwitch(options: KillSwitchOptions): KillSwitchClient {
  const { databaseUrl, tenant, user, identity, temporal } = options;
  const db = openDatabase(databaseUrl);
  const connection =
    temporal === undefined
      ? undefined
      : Connection.lazy({ address: temporal.temporalAddress, connectTimeout: '2 seconds' });
  const client =
    connection === undefined
      ? undefined
      : new Client({ connection, namespace: temporal?.namespace ?? 'default' });
  const door: Door = { db, tenant, user, identity, client };
  return {
    stop: async ({ scopes, reason }) =>
      translated('the kill switch', async () => {
        const wanted = await scopesOf(door, scopes);
        const by = await requireRole(door, 'stop');
        await stopScopes(db, { tenant, by, reason }, wanted);
        return ended(door);
      }),
    state: async () => translated('the kill switch', async () => stateOf(door)),
    resume: async ({ scopes, runs, reason }) =>
      translated('the kill switch', async () => {
        const wanted = await scopesOf(door, scopes);
        const runIds = await Promise.all(runs.map(async (typed) => findRun(door, typed)));
        const switched = { tenant, by: await requireRole(door, 'stop'), reason };
        await releaseRuns(db, switched, runIds);
        const lifted = await liftScopes(db, switched, wanted);
        const told = await wakeFreeRuns(door);
        return { ...(await stateOf(door)), lifted, ...told };
      }),
    close: async () => {
      await Promise.all([connection?.close(), db.destroy()]);
    },
  };
}

interface Door {
  readonly db: Database;
  readonly tenant: string;
  readonly user: string;
  readonly identity: LocalClientOptions['identity'];
  readonly client: Client | undefined;
}

/** Longest name in a scope, in characters. */
const maxNameLength = 256;

async function scopesOf(door: Door, typed: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    typed.map(async (text) => {
      const scope = parseStopScope(text);
      if (scope === undefined || text.length > maxNameLength) throw unknownScope(text);
      if (scope.kind !== 'run') return stopScopeText(scope);
      return stopScopeText({ kind: 'run', name: await findRun(door, scope.name) });
    }),
  );
}

function unknownScope(text: string): HoldfastError {
  return new HoldfastError('invalid_argument', `"${text.slice(0, 80)}" is no scope`, {
    suggestion:
      'write all, or a kind and a name: tenant:default, project:shop, specialist:coder, tool:shell, hostGroup:web, run:<key>',
  });
}

/** The state once everything that can be ended has ended, or three seconds later. */
async function ended(door: Door): Promise<KillSwitchState> {
  const deadline = performance.now() + stopWaitMs;
  for (;;) {
    const goingOn = await readGoingOn(door.db, door.tenant, 1);
    if (goingOn.length === 0 || performance.now() > deadline) return stateOf(door);
    await wait(pollMs);
  }
}

async function stateOf({ db, tenant }: Door): Promise<KillSwitchState> {
  const [standing, held, goingOn, history] = await Promise.all([
    readStanding(db, tenant),
    readHeldRuns(db, tenant),
    readGoingOn(db, tenant, maxGoingOn),
    readSwitchHistory(db, tenant, maxHistory),
  ]);
  return {
    stops: standing.filter(({ kind }) => kind !== 'release').map((entry) => rowOf(entry)),
    released: standing.filter(({ kind }) => kind === 'release').map((entry) => rowOf(entry)),
    held: held.map((run) => ({ ...run, runKey: runKeyOf(run.runId) })),
    goingOn: goingOn.map(({ since, ...work }) => ({
      ...work,
      runKey: runKeyOf(work.runId),
      since: since.toISOString(),
    })),
    history: history.map((entry) => ({ action: entry.kind, ...rowOf(entry) })),
  };
}

function rowOf({ scope, reason, by, at }: SwitchEntry): SwitchRow {
  return { scope, reason, by, at: at.toISOString() };
}

/** Wakes every run that is held and free. The row is the truth: a run that is not told stays paused, and nothing else. */
async function wakeFreeRuns(
  door: Door,
): Promise<{ readonly woken: readonly string[]; readonly unreached: readonly string[] }> {
  const told = new Map<string, boolean>();
  let quietUntil = performance.now() + wakeWaitMs;
  while (performance.now() < quietUntil) {
    const held = await readHeldRuns(door.db, door.tenant);
    const free = held.filter(({ runId, scope }) => scope === null && !told.has(runId));
    for (const { runId } of free) {
      // One after the other: a server that is down is asked once only.
      told.set(runId, ![...told.values()].includes(false) && (await wake(door, runId)));
      quietUntil = performance.now() + wakeWaitMs;
    }
    await wait(pollMs);
  }
  const keys = (isReached: boolean): readonly string[] =>
    [...told].filter(([, reached]) => reached === isReached).map(([runId]) => runKeyOf(runId));
  return { woken: keys(true), unreached: keys(false) };
}

async function wake({ client }: Door, runId: string): Promise<boolean> {
  if (client === undefined) return false;
  try {
    await client.withDeadline(Date.now() + signalTimeoutMs, async () =>
      client.workflow.getHandle(runId).signal(wakeSignal, {}),
    );
    return true;
  } catch {
    return false;
  }
}
