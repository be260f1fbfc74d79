import type { JsonObject } from '../../json.ts';
import type { PlaybookDiff, PlaybookPreview, PreviewEntry } from './preview.ts';
import { withoutVolatile, type PreviewTime } from './volatile.ts';

/**
 * One entry of a preview as its digest covers it: two previews of the same hosts and files give the same, whenever they
 * were made. What was there before is taken as it is; what would come is freed of the present time.
 */
export function normalisedEntry(entry: PreviewEntry, time: PreviewTime): JsonObject {
  const { host, play, task, path = '', kind, why = '', omitted = '', diffs } = entry;
  return {
    host,
    play,
    task,
    path,
    kind,
    why,
    omitted,
    diffs: diffs.map((diff) => normalisedDiff(diff, time)),
  };
}

/** Everything about a preview that people approve, besides its entries. */
export function normalisedHosts({ hosts, unreachable }: PlaybookPreview): JsonObject {
  return { hosts: [...hosts], unreachable: [...unreachable] };
}

function normalisedDiff(diff: PlaybookDiff, time: PreviewTime): JsonObject {
  const before = diff.before ?? '';
  return {
    // Of both headers the first names the file on the host; the second may be a temporary file of the control node.
    header: withoutVolatile(diff.before_header ?? '', time),
    before: withoutVolatile(before, { fromMs: Infinity, untilMs: -Infinity }),
    after: withoutVolatile(diff.after ?? '', time, before),
    prepared: withoutVolatile(diff.prepared ?? '', time),
  };
}
