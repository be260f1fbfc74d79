import type { CallDetail } from '../../effects-client.ts';
import type { WatchedItem } from '../../runs-client.ts';
import { EventFields } from './event-fields.ts';

const editTools: ReadonlySet<string> = new Set(['edit_file', 'write_file']);

/** Diffs of edits by their call, as they were prepared. */
export interface EditDiffs {
  /** Makes the diff of the item's call known, if it is an edit that ended well. Never throws. */
  readonly look: (item: WatchedItem) => Promise<void>;
  readonly of: (callId: string) => string | undefined;
}

/**
 * Reads each edit as it was prepared last, when it has ended: what the model had asked for may have been changed by the
 * person who approved it, and only the preparation knows what stood in the file before.
 */
export function createEditDiffs(getCall: (callId: string) => Promise<CallDetail>): EditDiffs {
  const known = new Map<string, string>();
  return {
    look: async (item) => {
      if (item.type !== 'event' || item.event !== 'tool.result') return;
      const fields = new EventFields(item.data);
      if (fields.text('status') !== 'ok' || !editTools.has(fields.text('tool'))) return;
      const callId = fields.text('callId');
      // The view does without a diff when the call cannot be read.
      const call = await getCall(callId).catch(() => undefined);
      if (call !== undefined) known.set(callId, call.detail);
    },
    of: (callId) => known.get(callId),
  };
}
