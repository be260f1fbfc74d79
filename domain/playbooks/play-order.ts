import type { OrderEnd } from '../agent/activities.ts';
import type { JsonObject } from '../json.ts';
import type { ChatMessage } from '../models/chat.ts';
import { readResult } from '../tools/result-text.ts';
import type { PlaybookOrder } from './playbook-order.ts';

/** The next turn of a run that carries out an order: one call, or its end. */
export type OrderTurn =
  | { readonly type: 'call'; readonly tool: string; readonly arguments: JsonObject }
  | { readonly type: 'end'; readonly end: OrderEnd };

/** One call of the run so far, with what came of it. */
interface PastCall {
  readonly tool: string;
  readonly callId: string | undefined;
  /** Code of what went wrong; undefined when it went well. */
  readonly failed: string | undefined;
  readonly text: string;
}

/**
 * Says what comes next of an order, from nothing but the conversation: the preview or the apply; what could be better
 * about a playbook that failed; the declared way back, which is asked for like everything else.
 */
export function playOrder(order: PlaybookOrder, messages: readonly ChatMessage[]): OrderTurn {
  const calls = pastCalls(messages);
  const last = calls.at(-1);
  if (last === undefined) return callOf(order.tool, order.arguments);
  const [first = last] = calls;
  if (order.tool === 'preview_playbook') return endOf(first);
  if (isRefused(first)) return endOf(first);
  const { playbook } = order.arguments;
  const wantsLint = first.failed !== undefined || order.lint === true;
  if (calls.length === 1 && wantsLint && playbook !== undefined) {
    return callOf('lint_playbook', { playbook });
  }
  if (first.failed === undefined) return endOf(first);
  if (last !== first && last.tool === 'apply_playbook') return endOfRollback(first, last);
  return order.rollback === true && first.callId !== undefined
    ? callOf('apply_playbook', { rollsBack: first.callId })
    : endOf(first);
}

function callOf(tool: string, args: JsonObject): OrderTurn {
  return { type: 'call', tool, arguments: args };
}

const refusals: ReadonlySet<string> = new Set([
  'policy_denied',
  'approval_rejected',
  'approval_expired',
]);

/** A person or policy said no: nothing was done, and nothing is to be taken back. */
function isRefused({ failed }: PastCall): boolean {
  return failed !== undefined && refusals.has(failed);
}

function endOf(call: PastCall): OrderTurn {
  if (call.failed === undefined)
    return callOf('finish', { summary: call.text.slice(0, maxSummary) });
  return endFor(isRefused(call) ? 'policy' : 'error', firstLine(call.text));
}

function endOfRollback(first: PastCall, rollback: PastCall): OrderTurn {
  const what = `the apply failed: ${firstLine(first.text)}`;
  if (rollback.failed === undefined) return endFor('error', `${what}; it was taken back`);
  const why = firstLine(rollback.text);
  return endFor(
    'error',
    isRefused(rollback)
      ? `${what}; it was not taken back: ${why}`
      : `compensation_failed: ${what}; taking it back failed too: ${why}`,
  );
}

function endFor(reason: OrderEnd['reason'], message: string): OrderTurn {
  return { type: 'end', end: { reason, message: message.slice(0, maxMessage) } };
}

/** Longest result that is handed over. UTF-16 units. */
const maxSummary = 10_000;
/** Longest reason of an end. UTF-16 units. */
const maxMessage = 500;

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}

function pastCalls(messages: readonly ChatMessage[]): readonly PastCall[] {
  const results = new Map(
    messages.flatMap((message) =>
      message.role === 'tool' ? [[message.toolCallId, message] as const] : [],
    ),
  );
  return messages.flatMap((message) => {
    if (message.role !== 'assistant') return [];
    return message.toolCalls.map((call): PastCall => {
      const result = results.get(call.id);
      return { tool: call.name, callId: result?.callId, ...readResult(result?.content ?? '') };
    });
  });
}
