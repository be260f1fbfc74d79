import type { InvokeModelInput } from '../../../domain/agent/activities.ts';
import type { ChatMessage } from '../../../domain/models/chat.ts';
import { playOrder } from '../../../domain/playbooks/play-order.ts';
import type { PlaybookOrder } from '../../../domain/playbooks/playbook-order.ts';
import type { TurnAnswer } from './turn-answer.ts';

/** The turn of a run that carries out an order: no model is asked, nothing is spent. */
export function playTurn(
  { turn, tier }: Pick<InvokeModelInput, 'turn' | 'tier'>,
  order: PlaybookOrder,
  messages: readonly ChatMessage[],
): TurnAnswer {
  const next = playOrder(order, messages);
  const answer = { tier, message: { role: 'assistant' as const, toolCalls: [] } };
  if (next.type === 'end') {
    return { ...answer, end: next.end, message: { ...answer.message, text: next.end.message } };
  }
  const call = { id: `order-${turn.slice(turn.lastIndexOf('/t') + 2)}`, name: next.tool };
  const toolCalls = [{ ...call, arguments: JSON.stringify(next.arguments) }];
  return { ...answer, message: { ...answer.message, toolCalls } };
}
