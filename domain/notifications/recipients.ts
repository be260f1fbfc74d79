import type { Destination } from './destination-schema.ts';
import type { Notification } from './notification.ts';

/** One place that a notification goes to: a mail address, or the destination itself. */
export interface Recipient {
  readonly destination: string;
  /** Empty where the destination has one address only. */
  readonly address: string;
}

/**
 * Where a notification goes, each place once: destinations that want such events; by mail to who is told of everything
 * and to the roles and people that it names.
 */
export function recipientsOf(
  destinations: readonly Destination[],
  { event, audience }: Pick<Notification, 'event' | 'audience'>,
): readonly Recipient[] {
  return destinations
    .filter(({ events }) => events.length === 0 || events.includes(event))
    .flatMap((destination) => {
      const { name } = destination;
      if (destination.kind !== 'mail') return [{ destination: name, address: '' }];
      const { to, toRoles, toPeople } = destination;
      const told = [
        ...to,
        ...addressesOf(toRoles, audience?.roles ?? []),
        ...addressesOf(toPeople, audience?.people ?? []),
      ];
      return [...new Set(told)].map((address) => ({ destination: name, address }));
    });
}

function addressesOf(
  byName: { readonly [name: string]: readonly string[] },
  names: readonly string[],
): readonly string[] {
  return Object.entries(byName)
    .filter(([name]) => names.includes(name))
    .flatMap(([, addresses]) => addresses);
}
