import type { EventType } from '../events/event-types.ts';
import type { JsonObject } from '../json.ts';
import type { LetterDraft } from './dead-letter.ts';

/** Longest sentence and name of a letter, in characters. */
const maxMessage = 500;
const maxName = 100;

/**
 * The letter of a message that did not fit its schema: it is given up at once, because it never will. Undefined for
 * every other event, refusals for another reason among them.
 */
export function letterOfEvent({
  type,
  data,
}: {
  readonly type: EventType;
  readonly data: JsonObject;
}): LetterDraft | undefined {
  if (type !== 'message.refused' || data['invalid'] !== true) return undefined;
  const { signal, reason } = data;
  return {
    kind: 'message',
    stepId: undefined,
    tool: typeof signal === 'string' ? signal.slice(0, maxName) : 'message',
    args: null,
    code: 'invalid_argument',
    message: typeof reason === 'string' ? reason.slice(0, maxMessage) : '',
    retries: 0,
  };
}
