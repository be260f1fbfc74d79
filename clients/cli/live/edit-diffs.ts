import { isJsonObject } from '../../../domain/json.ts';
import type { TranscriptEntry, WatchedItem } from '../../holdfast-client.ts';
import { EventFields, turnNumber } from './event-fields.ts';

const editTools: ReadonlySet<string> = new Set(['edit_file', 'write_file']);

/** Diffs of edits by their call, read from the conversation when an edit has ended. */
export interface EditDiffs {
  /** Makes the diff of the item's call known, if it is an edit that ended well. Never throws. */
  readonly look: (item: WatchedItem) => Promise<void>;
  readonly of: (callId: string) => string | undefined;
}

/** Reads edits out of the conversation that `transcript` gives; it is read again when a later turn edits. */
export function createEditDiffs(transcript: () => Promise<readonly TranscriptEntry[]>): EditDiffs {
  let answers: readonly TranscriptEntry[] = [];
  const known = new Map<string, string>();
  return {
    look: async (item) => {
      if (item.type !== 'event' || item.event !== 'tool.result') return;
      const fields = new EventFields(item.data);
      if (!editTools.has(fields.text('tool'))) return;
      const callId = fields.text('callId');
      const turn = turnNumber(callId);
      if (answers.length < turn) {
        // The view does without a diff when the conversation cannot be read.
        const entries = await transcript().catch(() => []);
        answers = entries.filter(({ role }) => role === 'assistant');
      }
      const index = Number(/\/c(\d+)$/.exec(callId)?.[1]);
      const call = answers[turn - 1]?.toolCalls?.[index];
      const diff = call === undefined ? undefined : editDiff(call);
      if (diff !== undefined) known.set(callId, diff);
    },
    of: (callId) => known.get(callId),
  };
}

/** What an edit took out and put in, as lines of a diff; undefined when the call is no edit. */
export function editDiff(call: {
  readonly name: string;
  readonly arguments: string;
}): string | undefined {
  const args = parsed(call.arguments);
  const before = call.name === 'edit_file' ? args['oldText'] : '';
  const after = call.name === 'edit_file' ? args['newText'] : args['content'];
  if (typeof before !== 'string' || typeof after !== 'string') return undefined;
  const [old, now] = [linesOf(before), linesOf(after)];
  let same = 0;
  while (same < Math.min(old.length, now.length) && old[same] === now[same]) same += 1;
  let end = 0;
  const most = Math.min(old.length, now.length) - same;
  while (end < most && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  return [
    ...old.slice(same, old.length - end).map((line) => `-${line}`),
    ...now.slice(same, now.length - end).map((line) => `+${line}`),
  ].join('\n');
}

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
