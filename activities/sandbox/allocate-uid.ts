import { createHash } from 'node:crypto';

/** A range of user ids that belong to nobody else on the host. */
export interface UidRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Ids from 1,879,048,192: above what systemd gives to containers and dynamic users and above the usual /etc/subuid
 * (systemd, docs/UIDS-GIDS.md), so that no account or container shares an id with a sandbox.
 */
export const sandboxUidRange: UidRange = { first: 0x7000_0000, count: 0x0fff_fff0 };

/** Chooses the user id of a run's sandboxes: the same run always has the same id, two runs hardly ever share one. */
export function allocateUid(runId: string, range: UidRange = sandboxUidRange): number {
  const digest = createHash('sha256').update(runId).digest();
  return range.first + Number(digest.readBigUInt64BE(0) % BigInt(range.count));
}
