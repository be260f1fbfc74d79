import type { AssistantMessage, RequestedCall } from '../../../domain/models/chat.ts';
import { maxCallsPerTurn } from '../../../domain/agent/agent-state.ts';
import { isJson, type Json } from '../../../domain/json.ts';

/** Makes an answer fit to be kept: at most 16 calls, each with an id of its own. */
export function keptAnswer(message: AssistantMessage): AssistantMessage {
  const seen = new Set<string>();
  const toolCalls = message.toolCalls.slice(0, maxCallsPerTurn).map((call, index) => {
    const isTaken = call.id === '' || seen.has(call.id);
    const id = isTaken ? `call_${index}` : call.id;
    seen.add(id);
    return { ...call, id };
  });
  return { ...message, toolCalls };
}

/** Deepest nesting of arguments that is looked at. */
const maxDepth = 64;

/** The arguments of a call as JSON; text that is none stays text, which no schema takes. */
export function argumentsOf(call: RequestedCall): Json {
  const text = call.arguments.trim();
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value, maxDepth) ? value : call.arguments;
  } catch {
    return call.arguments;
  }
}

/** True when a call's arguments are not even JSON. */
export function isMalformed(call: RequestedCall): boolean {
  return typeof argumentsOf(call) === 'string';
}
