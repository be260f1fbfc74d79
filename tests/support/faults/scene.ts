import { setTimeout as wait } from 'node:timers/promises';

import { killAndReap, startDoomed, type DoomedWorker } from '../kill/kill-worker.ts';
import { pollFor } from '../poll.ts';
import { startRunHarness, type RunHarness, type TestWorker } from '../runs/run-harness.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';
import { startStores, type Store, type Stores } from './stores.ts';
import type { Fault, Moment, Strike } from './strikes.ts';

/** Servers, workers and the hand that strikes them. */
export interface Scene {
  readonly harness: RunHarness;
  /** Starts the worker that a strike wants: one that stops itself at its phase, or a plain one. */
  readonly startFor: (strike: Strike) => Promise<DoomedWorker>;
  /** Waits for the moment in a run, strikes, and puts everything up again. */
  readonly strike: (target: Target) => Promise<void>;
  /** Ends the workers that are left. */
  readonly clear: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What is struck, and when. */
export interface Target {
  readonly strike: Strike;
  readonly doomed: DoomedWorker;
  /** The run whose moment counts, where a worker does not stop itself. */
  readonly runId: string;
  /** Told when parts go down, and when all of them are up again. */
  readonly onChange: (state: 'down' | 'up') => void;
}

/** Longer than the heartbeat time-out: the server gives the work of a frozen worker to somebody else. */
const frozenMs = 12_500;

/** Starts servers that can be killed and put back, and a harness on them. */
export async function openScene(scripts: readonly ScriptInput[]): Promise<Scene> {
  const stores = await startStores();
  const { temporal, database } = stores;
  const harness = await startRunHarness({
    scripts,
    workers: 0,
    servers: {
      temporal: { address: temporal.address, stop: async () => undefined },
      database: { url: database.url, stop: async () => undefined },
    },
  });
  const workers = new Set<TestWorker>();
  const startWorker = async (): Promise<TestWorker> => {
    const worker = await harness.startWorker();
    workers.add(worker);
    return worker;
  };
  return {
    harness,
    startFor: async ({ moment }) => {
      const doomed =
        moment.type === 'phase'
          ? await startDoomed(harness, moment)
          : { worker: await harness.startWorker(), arm: () => undefined, isStopped: () => false };
      workers.add(doomed.worker);
      return doomed;
    },
    strike: async (target) => {
      await momentOf(harness, target);
      await strikeAt({ harness, stores, startWorker }, target);
    },
    clear: async () => {
      await Promise.all([...workers].map(killAndReap));
      workers.clear();
    },
    stop: async () => {
      await harness.stop();
      await stores.stop();
    },
  };
}

interface Hand {
  readonly harness: RunHarness;
  readonly stores: Stores;
  readonly startWorker: () => Promise<TestWorker>;
}

async function strikeAt(hand: Hand, target: Target): Promise<void> {
  const { doomed, strike, onChange } = target;
  const { worker } = doomed;
  switch (strike.fault) {
    case 'worker killed':
      onChange('down');
      await killAndReap(worker);
      break;
    case 'worker frozen':
      return freeze(hand, target);
    case 'database killed':
    case 'Temporal killed':
      onChange('down');
      await killServer(storeOf(hand.stores, strike.fault));
      worker.kill('SIGCONT');
      onChange('up');
      return;
    case 'database rolled back':
    case 'Temporal rolled back': {
      const store = storeOf(hand.stores, strike.fault);
      store.copy();
      worker.kill('SIGCONT');
      await wait(strike.progressMs);
      onChange('down');
      await killAndReap(worker);
      await store.kill();
      store.restore();
      await store.start();
    }
  }
  await hand.startWorker();
  if (strike.recovery === 'told') await hand.harness.recoverFrom(worker);
  onChange('up');
}

/** Another worker takes over; then the frozen one goes on where it stood. */
async function freeze(hand: Hand, { doomed, onChange }: Target): Promise<void> {
  const { worker } = doomed;
  onChange('down');
  worker.kill('SIGSTOP');
  await hand.startWorker();
  onChange('up');
  await wait(frozenMs);
  worker.kill('SIGCONT');
}

async function killServer(store: Store): Promise<void> {
  await store.kill();
  await store.start();
}

function storeOf({ database, temporal }: Stores, fault: Fault): Store {
  return fault.startsWith('database') ? database : temporal;
}

async function momentOf(harness: RunHarness, { strike, doomed, runId }: Target): Promise<void> {
  const { moment } = strike;
  switch (moment.type) {
    case 'phase':
      await pollFor(`${moment.phase} is reached`, () => doomed.isStopped() || undefined, 30_000);
      return;
    case 'continue-as-new':
      return continuedAsNew(harness, runId);
    case 'random':
      await eventOf(harness, runId, moment);
      await wait(moment.delayMs);
  }
}

async function continuedAsNew({ temporal }: RunHarness, runId: string): Promise<void> {
  const handle = temporal.workflow.getHandle(runId);
  const first = await handle.describe();
  await pollFor('the run continues as new', async () => {
    const { runId: execution } = await handle.describe();
    return execution === first.runId ? undefined : execution;
  });
}

async function eventOf(
  { db }: RunHarness,
  runId: string,
  { event }: Extract<Moment, { type: 'random' }>,
): Promise<void> {
  await pollFor(`event ${event} of the run`, async () => {
    const row = await db
      .selectFrom('runs')
      .select('event_seq')
      .where('run_id', '=', runId)
      .executeTakeFirst();
    return (row?.event_seq ?? 0) >= event ? true : undefined;
  });
}
