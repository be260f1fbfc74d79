import type { Settings } from './settings-schema.ts';

/** Which settings differ, by their names at the top of the file, sorted. */
export interface ChangedSettings {
  /** Count from now on. */
  readonly applied: readonly string[];
  /** Count from the next start of the instance on: what its servers are and where. */
  readonly atNextStart: readonly string[];
  /** Whether a worker has to begin anew to go by them. */
  readonly worker: 'begins-anew' | 'stays';
}

const ofServers: ReadonlySet<string> = new Set(['temporal', 'databaseUrl', 'ports']);

/** What runs pin from rows, commands read by themselves, or a worker reads on the signal itself: it goes on. */
const withoutNewWorker: ReadonlySet<string> = new Set([
  'models',
  'defaultModel',
  'modelChain',
  'policy',
  'policiesFolder',
  'budgets',
  'secrets',
]);

/** Compares the settings that are in force with those that were read. `atStart` are those that the servers were started with. */
export function changedSettings(
  { atStart, before }: { readonly atStart: Settings; readonly before: Settings },
  now: Settings,
): ChangedSettings {
  const applied = namesOfChanges(before, now).filter((name) => !ofServers.has(name));
  const atNextStart = namesOfChanges(atStart, now).filter((name) => ofServers.has(name));
  const isForWorker = applied.some((name) => !withoutNewWorker.has(name));
  return { applied, atNextStart, worker: isForWorker ? 'begins-anew' : 'stays' };
}

function namesOfChanges(before: Settings, now: Settings): readonly string[] {
  const old = new Map(Object.entries(before).map(([name, value]) => [name, JSON.stringify(value)]));
  const fresh = new Map(Object.entries(now).map(([name, value]) => [name, JSON.stringify(value)]));
  const names = new Set([...old.keys(), ...fresh.keys()]);
  return [...names].filter((name) => old.get(name) !== fresh.get(name)).toSorted();
}
