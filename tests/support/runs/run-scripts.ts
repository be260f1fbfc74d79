import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';
import { conversation } from './run-harness.ts';

type Turn = ScriptInput['turns'][number];
type Call = { readonly name: string; readonly arguments: Record<string, unknown> | string };

/** A conversation that a prompt chooses by its name. */
export function script(name: string, ...turns: readonly Turn[]): ScriptInput {
  return {
    schemaVersion: 1,
    name,
    model: 'scripted',
    conversation: conversation(name),
    turns: [...turns],
  };
}

/** One tool call of a turn. */
export function call(name: string, args: Record<string, unknown> | string = {}): Call {
  return { name, arguments: args };
}

/** A shell call. */
export function shell(command: string): Call {
  return call('shell', { command });
}

/** A turn that makes these calls, in this order. */
export function calling(...toolCalls: readonly Call[]): Turn {
  return { reply: { toolCalls: [...toolCalls] } };
}

/** A turn that only says something. Two of them in a row end a run. */
export function saying(text: string, repeat = 1): Turn {
  return { reply: { text }, repeat };
}

/** Ends a run of any specialist, without its gates. */
export const goodbye: Turn = saying('That is all.', 2);

/** Ends a run of a specialist without gates. */
export function finishing(summary: string): Turn {
  return calling(call('finish', { summary }));
}
