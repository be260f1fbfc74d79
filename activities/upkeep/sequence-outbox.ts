import { sequenceBatch } from '../../storage/audit/sequence-outbox.ts';
import type { UpkeepDependencies } from './upkeep-dependencies.ts';

/** Takes everything that waits in the outbox of a tenant into its chain. Returns how many records it made. */
export async function sequenceAll(
  { db, signCheckpoint, keepCheckpoint }: UpkeepDependencies,
  tenant: string,
): Promise<number> {
  let count = 0;
  for (;;) {
    const batch = await sequenceBatch(db, tenant, signCheckpoint);
    if (batch.checkpoint === undefined) return count;
    keepCheckpoint(batch.checkpoint);
    count += batch.count;
  }
}
