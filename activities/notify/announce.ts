import type { Approval } from '../../domain/approval/approval.ts';
import { termsInWords } from '../../domain/approval/terms.ts';
import { passingPauses, type PauseReason } from '../../domain/failures.ts';
import { audienceOf } from '../../domain/notifications/audience.ts';
import type { Destination } from '../../domain/notifications/destination-schema.ts';
import {
  answersOf,
  type Notification,
  type NotificationEvent,
} from '../../domain/notifications/notification.ts';
import { recipientsOf } from '../../domain/notifications/recipients.ts';
import type { Occasion } from '../../domain/run/activities.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { addNotifications, whatWaits } from '../../storage/notifications/notifications.ts';
import type { Executor } from '../../storage/postgres/database.ts';

/** What writing down a notification needs. */
export interface Announcing {
  readonly tx: Executor;
  readonly destinations: readonly Destination[];
  readonly run: { readonly tenant: string; readonly runId: string };
}

/** Puts the news of an approval on its way, in the transaction that writes it down. */
export async function notifyOfApproval(
  { tx, destinations, run }: Announcing,
  approval: Approval,
  occasion: Occasion | undefined,
): Promise<void> {
  const event = eventOf(occasion);
  const escalatedTo = occasion?.type === 'escalation' ? occasion.to : undefined;
  const audience = audienceOf(approval, escalatedTo);
  const recipients = recipientsOf(destinations, { event, audience });
  if (recipients.length === 0) return;
  const { approvalId, kind, risk, rule, callId, digest, terms, expiresAtMs } = approval;
  const call = callId === undefined ? undefined : { callId, digest };
  const { requestedBy, tool } = await whatWaits(tx, run.runId, call);
  const told = (approval.escalatedTo?.length ?? 0) + (approval.isReminded === true ? 1 : 0);
  const notification: Notification = {
    ...commonOf(run, event, `${approvalId}#${told}`),
    kind,
    approvalId,
    tool,
    risk,
    why: rule,
    required: terms === undefined ? undefined : termsInWords(terms),
    audience,
    to: escalatedTo,
    requestedBy,
    expiresAt: terms?.onTimeout === 'keep' ? undefined : new Date(expiresAtMs).toISOString(),
    answer: answersOf(kind, approvalId, runKeyOf(run.runId)),
  };
  await addNotifications(tx, run.runId, notification, recipients);
}

/** Puts the news of a paused run on its way, where somebody has to end the pause. */
export async function notifyOfPause(
  { tx, destinations, run }: Announcing,
  pause: PauseReason | undefined,
): Promise<void> {
  if (pause === undefined || passingPauses.has(pause)) return;
  const recipients = recipientsOf(destinations, { event: 'run.paused' });
  if (recipients.length === 0) return;
  const { requestedBy } = await whatWaits(tx, run.runId, undefined);
  const notification: Notification = {
    ...commonOf(run, 'run.paused', `${run.runId}#paused/${Date.now()}`),
    kind: 'pause',
    why: pause,
    requestedBy,
    answer: answersOf('pause', run.runId, runKeyOf(run.runId)),
  };
  await addNotifications(tx, run.runId, notification, recipients);
}

function eventOf(occasion: Occasion | undefined): NotificationEvent {
  if (occasion === undefined) return 'approval.opened';
  return occasion.type === 'reminder' ? 'approval.reminded' : 'approval.escalated';
}

function commonOf({ tenant, runId }: Announcing['run'], event: NotificationEvent, id: string) {
  const at = new Date().toISOString();
  return { schemaVersion: 1 as const, id, event, at, tenant, run: runKeyOf(runId) };
}
