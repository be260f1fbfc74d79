import { roomFor } from '../../../domain/hosts/capacity.ts';
import { readCapacities, runsWithoutRoom } from '../../../storage/hosts/hosts.ts';
import type { Database } from '../../../storage/postgres/database.ts';
import type { Executions } from './executions.ts';

/** Runs that are woken in one look where work always begins. */
const mostAtOnce = 100;

/** What waking runs that wait for room needs. */
export interface CapacityDependencies {
  readonly db: Database;
  readonly capacity: { readonly threshold: number; readonly pollSeconds: number };
  readonly now: () => number;
}

/**
 * Wakes runs that wait for room, the oldest first, one for each free core of a host with room: all of them at once would
 * take what only some of them find. They look again themselves.
 */
export class CapacityWaker {
  readonly #dependencies: CapacityDependencies;
  #nextMs = 0;

  constructor(dependencies: CapacityDependencies) {
    this.#dependencies = dependencies;
  }

  /** Looks when it is time to. Returns how many runs it woke. */
  async wakeSome(tenant: string, executions: Executions): Promise<number> {
    const { db, capacity, now } = this.#dependencies;
    if (now() < this.#nextMs) return 0;
    this.#nextMs = now() + capacity.pollSeconds * 1_000;
    const waiting = await runsWithoutRoom(db, tenant, mostAtOnce);
    if (waiting.length === 0) return 0;
    const room = capacity.threshold === 0 ? mostAtOnce : roomFor(await readCapacities(db));
    const woken = waiting.slice(0, room);
    // One that ended meanwhile needs no waking.
    for (const runId of woken) await executions.wake(runId).catch(() => undefined);
    return woken.length;
  }
}
