import type { ModelEntry } from '../models/model-entry-schema.ts';
import type { Trigger } from '../models/triggers.ts';
import type { PlaybookOrder } from '../playbooks/playbook-order.ts';
import type { ScopedPolicy } from '../policy/judge.ts';
import type { Specialist } from '../specialists/specialist.ts';

/** Everything a run keeps from its start: stored as one blob, whose hash the run holds. */
export interface PinnedDefinitions {
  readonly specialist: Specialist;
  readonly chain: PinnedChain;
  /** Organisation first, then the project, the run's own profile last. */
  readonly policies: readonly ScopedPolicy[];
  readonly networkAllowed: boolean;
  /** Absent for a run that asks a model. */
  readonly order?: PlaybookOrder;
  /** Tools with effects outside of the workspace that the branch left behind by a fork had used: they are asked for. */
  readonly askedAgain?: readonly string[];
}

/** The models a run may use, strongest preference first; none where it carries out an order. */
export interface PinnedChain {
  readonly entries: readonly ModelEntry[];
  readonly triggers: readonly Trigger[];
}
