import type { InvokeModelInput } from '../../../domain/agent/activities.ts';
import type { LetterDraft } from '../../../domain/dead-letters/dead-letter.ts';
import type { FaultState } from '../../../domain/models/after-fault.ts';
import type { TierFailure } from '../../../domain/models/tiers.ts';

/** The letter of a turn that no permitted model answers. The conversation stands in the run, by the hash of its head. */
export function letterOfTurn(
  { input, faults }: { readonly input: InvokeModelInput; readonly faults: FaultState | undefined },
  errors: readonly TierFailure[],
): LetterDraft {
  const { turn, head } = input;
  return {
    kind: 'model',
    stepId: turn,
    tool: 'model',
    args: { head, models: errors.map(({ model }) => model) },
    code: 'model_unavailable',
    message: errors
      .map(({ model, message }) => `${model}: ${message}`)
      .join('; ')
      .slice(0, 500),
    retries: faults?.transientFaults ?? 0,
  };
}
