import type { InboxItem } from '../../inbox-client.ts';
import { typedId } from './typed-id.ts';

/** The commands that answer what waits, the likeliest first. */
export function answerCommands(
  item: Pick<InboxItem, 'kind' | 'approvalId' | 'callId' | 'runKey' | 'rule'>,
): readonly string[] {
  const id = typedId(item.approvalId);
  switch (item.kind) {
    case 'tool_call':
    case 'definition':
      return [`holdfast approve ${id}`, `holdfast reject ${id} "why not"`];
    case 'question':
      return [`holdfast answer ${id} "the answer"`];
    case 'budget':
      return [
        // No amount makes a call without a price fit.
        item.rule === 'price_unknown'
          ? `holdfast approve ${id}`
          : `holdfast approve ${id} --raise 1.00`,
        `holdfast reject ${id} "why not"`,
      ];
    case 'effect_unknown': {
      const effect = typedId(item.callId ?? item.approvalId);
      return ['happened', 'did-not-happen', 'run-again'].map(
        (word) => `holdfast effects settle ${effect} --${word} --reason "how you know"`,
      );
    }
    case 'pause':
      return [`holdfast runs resume ${item.runKey}`, `holdfast runs cancel ${item.runKey}`];
  }
}
