import type { WatchedItem } from '../../runs-client.ts';
import { EventFields } from '../live/event-fields.ts';

/** Work that the ledger has on record before the worker is killed: a test run and one more. */
const endedBeforeKill = 2;

/** What the demo has seen of its run. */
export interface RunProgress {
  /** How often each effect was begun, by its call. */
  readonly begun: ReadonlyMap<string, number>;
  /** Effects whose outcome is on record. */
  readonly ended: ReadonlySet<string>;
  /** Calls that were asked for and have no answer yet. */
  readonly open: ReadonlySet<string>;
  /** How often each turn was answered by the model and counted. */
  readonly answers: ReadonlyMap<string, number>;
  /** Results of test runs, in order: true for green. */
  readonly tests: readonly boolean[];
  readonly approvals: number;
}

/** The progress before the first event. */
export const noProgress: RunProgress = {
  begun: new Map(),
  ended: new Set(),
  open: new Set(),
  answers: new Map(),
  tests: [],
  approvals: 0,
};

/** The progress with one more item of the log. Pure. */
export function afterItem(progress: RunProgress, item: WatchedItem): RunProgress {
  if (item.type !== 'event') return progress;
  const fields = new EventFields(item.data);
  const callId = fields.text('callId');
  switch (item.event) {
    case 'tool.requested':
      return { ...progress, open: new Set(progress.open).add(callId) };
    case 'tool.result':
    case 'tool.error':
    case 'tool.denied':
      return withResult(progress, callId, fields.flag('testsGreen'));
    case 'effect.intent':
      return { ...progress, begun: counted(progress.begun, callId) };
    case 'effect.committed':
    case 'effect.failed':
      return { ...progress, ended: new Set(progress.ended).add(callId) };
    case 'model.call':
      return {
        ...progress,
        // An answer ends what was open: rejected calls have no result of their own.
        open: new Set(),
        answers: counted(progress.answers, fields.text('turn')),
      };
    case 'approval.decided':
      return { ...progress, approvals: progress.approvals + 1 };
    default:
      return progress;
  }
}

/** True when the worker may be killed to good effect: work is on record, and nothing is under way but the model's next answer. */
export function isGoodMomentToKill({ ended, open }: RunProgress): boolean {
  return ended.size >= endedBeforeKill && open.size === 0;
}

/** Effects and answers that the log counts more than once. */
export function repeated({ begun, answers }: RunProgress): readonly string[] {
  return [...begun, ...answers].filter(([, count]) => count > 1).map(([id]) => id);
}

function withResult(
  progress: RunProgress,
  callId: string,
  isGreen: boolean | undefined,
): RunProgress {
  const open = new Set(progress.open);
  open.delete(callId);
  return {
    ...progress,
    open,
    tests: isGreen === undefined ? progress.tests : [...progress.tests, isGreen],
  };
}

function counted(counts: ReadonlyMap<string, number>, id: string): ReadonlyMap<string, number> {
  return new Map(counts).set(id, (counts.get(id) ?? 0) + 1);
}
