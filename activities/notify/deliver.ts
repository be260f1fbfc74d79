import type { Destination } from '../../domain/notifications/destination-schema.ts';
import type { ClaimedNotification } from '../../storage/notifications/notifications.ts';
import { deliverByMail } from './deliver-by-mail.ts';
import { deliverByWeb } from './deliver-by-web.ts';
import type { DeliveryDependencies } from './delivery.ts';

/**
 * Sends one notification and waits until it is taken. Throws with one line that says what was wrong, without a secret,
 * an address that may be one, or the words of the other side.
 */
export async function deliver(
  dependencies: DeliveryDependencies,
  destination: Destination,
  { body, address }: Pick<ClaimedNotification, 'body' | 'address'>,
): Promise<void> {
  switch (destination.kind) {
    case 'webhook':
    case 'slack':
      return deliverByWeb(dependencies, destination, body);
    case 'mail':
      return deliverByMail(dependencies, destination, { notification: body, address });
  }
}
