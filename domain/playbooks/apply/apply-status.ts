import type { PlaybookStatus } from '../recap.ts';
import type { HostCounts } from '../playbook-event-schema.ts';

/** How an apply stands. `unknown`: nobody saw its last event. */
export type ApplyStatus =
  | 'running'
  | 'ok'
  | 'partial'
  | 'failed'
  | 'unreachable'
  | 'unknown'
  | 'cancelled';

/** Names the end of a playbook: where every host was unreachable that is what is wrong, not the playbook. */
export function applyStatus(
  status: PlaybookStatus,
  hosts: Readonly<Record<string, HostCounts>>,
): Exclude<ApplyStatus, 'running' | 'cancelled'> {
  if (status === 'succeeded') return 'ok';
  const counts = Object.values(hosts);
  const isSilent = counts.length > 0 && counts.every(({ unreachable }) => unreachable > 0);
  return status === 'failed' && isSilent ? 'unreachable' : status;
}
