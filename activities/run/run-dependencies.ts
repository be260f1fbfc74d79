import type { PriceTable } from '../../domain/budget/price.ts';
import type { QueueMap } from '../../domain/run/run-input.ts';
import type { Destination } from '../../domain/notifications/destination-schema.ts';
import type { Conversations } from '../../storage/conversations/conversations.ts';
import type { EffectDependencies } from '../effects/dependencies.ts';

/** What opening and closing runs needs. */
export interface RunDependencies {
  readonly effects: EffectDependencies;
  readonly conversations: Conversations;
  readonly prices: PriceTable;
  readonly queues: QueueMap;
  /** Who is told that something waits. */
  readonly destinations: readonly Destination[];
}
