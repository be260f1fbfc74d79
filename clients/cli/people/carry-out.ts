import type { HoldfastClient } from '../../holdfast-client.ts';
import type { DecidedApprovalAnswer, DecideInput } from '../../inbox-client.ts';
import { typedId } from './typed-id.ts';
import type { Wish } from './prompts/ask-decision.ts';

/** Does what a person decided and says what came of it, on one line. Undefined when there was nothing to do. */
export async function carryOut(client: HoldfastClient, wish: Wish): Promise<string | undefined> {
  switch (wish.type) {
    case 'decide': {
      const answer = await client.decide(wish.decision);
      return `${outcomeOf(wish.decision, answer)} ${typedId(answer.approvalId)}`;
    }
    case 'settle': {
      const { state } = await client.settleEffect(wish.settlement);
      return `settled as ${state}: ${typedId(wish.settlement.effect)}`;
    }
    case 'resume':
      await client.resumeRun(wish.run, undefined);
      return `run ${wish.run} goes on`;
    case 'cancel':
      await client.cancelRun(wish.run, 'cancelled from the inbox');
      return `run ${wish.run} is being cancelled`;
    case 'later':
    case 'left':
      return undefined;
  }
}

/** What became of an approval by a decision, in a few words. */
export function outcomeOf(
  { answer: words }: Pick<DecideInput, 'answer'>,
  { state, missing }: DecidedApprovalAnswer,
): string {
  if (state === 'open') return `counted, ${missing ?? 'others must decide too'}:`;
  if (state === 'superseded') return 'changed, and asked anew:';
  return words === undefined ? state : 'answered';
}
