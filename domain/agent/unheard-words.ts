import type { AgentState, InjectedMessage } from './agent-state.ts';
import { engineAuthor } from './engine-author.ts';

/** What people said that the model has not heard yet. */
export function unheardWords(agent: AgentState): readonly InjectedMessage[] {
  return agent.messages.filter(({ author }) => author !== engineAuthor);
}
