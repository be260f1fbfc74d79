import { roomFor, whyNoRoom } from '../../domain/hosts/capacity.ts';
import { readCapacities } from '../../storage/hosts/hosts.ts';
import type { Database } from '../../storage/postgres/database.ts';

/** Says why no new work may begin just now; undefined when it may. */
export type CapacityGate = () => Promise<string | undefined>;

/** What the gate looks at. */
export interface GateOptions {
  readonly db: Database;
  /** At 0 work always begins. */
  readonly threshold: number;
  /** Settles when this host has tried to report. */
  readonly reported: Promise<void>;
}

/** Makes the gate that new work passes. One statement each time: only what begins asks. */
export function createCapacityGate({ db, threshold, reported }: GateOptions): CapacityGate {
  if (threshold === 0) return async () => Promise.resolve(undefined);
  return async () => {
    // A worker that has just begun is not on record yet.
    await reported;
    const hosts = await readCapacities(db);
    return roomFor(hosts) > 0 ? undefined : whyNoRoom(hosts);
  };
}
