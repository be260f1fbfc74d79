import type { PriceTable } from '../../domain/budget/price.ts';
import type { Conversations } from '../../storage/conversations/conversations.ts';
import type { Database } from '../../storage/postgres/database.ts';
import type { RecentOutcomes } from '../effects/ledger/recent-outcomes.ts';
import type { PauseAt } from '../effects/dependencies.ts';
import type { PinnedDefinitionsReader } from '../prepare/pinned-definitions.ts';
import type { PrepareDependencies } from '../prepare/prepare-call.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { CapacityGate } from '../hosts/capacity-gate.ts';
import type { ModelGateway } from './model-gateway.ts';
import type { WantedKey } from './resolve-key.ts';

/** What asking a model needs. */
export interface ModelDependencies {
  readonly db: Database;
  readonly gateway: ModelGateway;
  readonly prices: PriceTable;
  /** The key of a model entry; undefined when there is none on this worker. */
  readonly resolveKey: (entry: WantedKey) => Promise<string | undefined>;
  readonly conversations: Conversations;
  readonly definitions: PinnedDefinitionsReader;
  readonly prepare: PrepareDependencies;
  readonly workspaces: Workspaces;
  /** What this process has just performed. */
  readonly recent: RecentOutcomes;
  /** Asked before the first answer of a run. */
  readonly room: CapacityGate;
  readonly pauseAt: PauseAt;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
}
