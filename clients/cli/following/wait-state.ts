import { passingPauses } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { WatchedItem } from '../../runs-client.ts';
import { EventFields } from '../live/event-fields.ts';

/** Something that opened in a run and waits for a person, as its event says. */
export type OpenedWait =
  | { readonly type: 'approval'; readonly approvalId: string }
  | { readonly type: 'pause' };

/** What an item says that waits for a person now; undefined when nothing does. */
export function openedWait(item: WatchedItem): OpenedWait | undefined {
  if (item.type !== 'event') return undefined;
  const fields = new EventFields(item.data);
  if (item.event === 'approval.opened') {
    return { type: 'approval', approvalId: fields.text('approvalId') };
  }
  // Approvals pause a run too; they have an event of their own.
  if (item.event !== 'run.paused' || passingPauses.has(fields.text('reason'))) return undefined;
  return { type: 'pause' };
}

/** True when the item says that a wait is over: somebody decided, or nobody did in time. */
export function endsWait(item: WatchedItem, wait: OpenedWait): boolean {
  if (item.type !== 'event') return false;
  if (item.event === 'run.completed' || item.event === 'run.cancelled') return true;
  if (wait.type === 'pause') return item.event === 'run.resumed';
  const isAboutIt = new EventFields(item.data).text('approvalId') === wait.approvalId;
  return isAboutIt && /^approval\.(?:decided|expired|superseded)$/.test(item.event);
}

/** True when the wait is still there: events are read again from the beginning when a run is watched later. */
export async function isStillOpen(
  client: HoldfastClient,
  run: string,
  wait: OpenedWait,
): Promise<boolean> {
  if (wait.type === 'pause') return (await client.getRun(run)).status === 'paused';
  return (await client.getApproval(wait.approvalId)).state === 'open';
}
