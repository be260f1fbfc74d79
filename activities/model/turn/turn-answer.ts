import type { OrderEnd } from '../../../domain/agent/activities.ts';
import type { AssistantMessage } from '../../../domain/models/chat.ts';
import type { Asked } from './ask-model.ts';

/** What a turn answers: by a model, or by the order that the run carries out. */
export interface TurnAnswer {
  readonly tier: number;
  readonly message: AssistantMessage;
  /** Absent where no model was asked. */
  readonly asked?: Extract<Asked, { type: 'answer' }>;
  readonly end?: OrderEnd;
}
