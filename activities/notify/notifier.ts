import type { Destination } from '../../domain/notifications/destination-schema.ts';
import {
  claimNotifications,
  markDelivered,
  markFailed,
  type ClaimedNotification,
} from '../../storage/notifications/notifications.ts';
import type { Database } from '../../storage/postgres/database.ts';
import { deliver } from './deliver.ts';
import type { DeliveryDependencies } from './delivery.ts';

/** The table is looked at this often, in milliseconds: a person notices no less. */
const pollMs = 1_000;
/** Notifications that one worker sends at once. */
const maxAtOnce = 20;
/** A sender that has not said what came of it after this time is dead: it is sent again then. */
const leaseMs = 60_000;
/** First wait before another attempt, doubled for each further one, and how many there are after the first. */
const firstRetryMs = 2_000;
const maxRetries = 3;

/** What the notifier needs. */
export interface NotifierDependencies extends DeliveryDependencies {
  readonly db: Database;
  /** Without any nothing is ever looked at. */
  readonly destinations: readonly Destination[];
}

/**
 * Sends what waits in the table, beside the work of runs: a receiver that is down keeps nothing waiting. At least once:
 * a worker that dies while it sends leaves it to another. Returns how to stop it.
 */
export function startNotifier(dependencies: NotifierDependencies): () => void {
  if (dependencies.destinations.length === 0) return () => undefined;
  const names = dependencies.destinations.map(({ name }) => name);
  let isAsking = false;
  let sending = 0;
  const sendDue = async (): Promise<void> => {
    const limit = maxAtOnce - sending;
    if (limit === 0) return;
    const due = await claimNotifications(dependencies.db, names, { limit, leaseMs });
    for (const claimed of due) {
      sending += 1;
      // Not awaited: a receiver that takes its time keeps no other waiting.
      void sendOne(dependencies, claimed)
        .catch(() => undefined)
        .finally(() => {
          sending -= 1;
        });
    }
  };
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    void sendDue()
      // The database is away: the rows are still there when it is back.
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function sendOne(
  dependencies: NotifierDependencies,
  claimed: ClaimedNotification,
): Promise<void> {
  const { db, destinations } = dependencies;
  const destination = destinations.find(({ name }) => name === claimed.destination);
  if (destination === undefined) return;
  const error = await deliver(dependencies, destination, claimed).then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : 'it could not be sent'),
  );
  if (error === undefined) await markDelivered(db, claimed);
  else await markFailed(db, claimed, { error: error.slice(0, 500), retryMs: retryAfter(claimed) });
}

function retryAfter({ attempt }: ClaimedNotification): number | undefined {
  return attempt > maxRetries ? undefined : firstRetryMs * 2 ** (attempt - 1);
}
