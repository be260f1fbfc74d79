import type { ErrorCode } from '../failures.ts';
import type { Hash } from '../json.ts';
import type { CallId, RunId } from '../run/ids.ts';

/** Key in the ledger of what takes an effect back. */
export function undoIdOf(callId: CallId): CallId {
  return `${callId}/undo`;
}

/** Workflow Id of the one that takes an effect back: two of them cannot run at once. */
export function undoWorkflowIdOf(callId: CallId): string {
  return callId.replace(/^run\//, 'undo/');
}

/** What the ids of all workflows begin with that take effects of a run back, or look what that would do. */
export function undoWorkflowsOf(runId: RunId): string {
  return `${undoWorkflowIdOf(runId)}/`;
}

/** What taking an effect back would do, as things are now. */
export interface PreparedUndo {
  readonly callId: CallId;
  readonly tool: string;
  /** Covers everything that is shown; the act is refused when it is another one by then. */
  readonly digest: Hash;
  /** One line. */
  readonly preview: string;
  /** Diff, commits or request in full, at most 20,000 characters; may be empty. */
  readonly detail: string;
}

/** What is answered to a person who takes an effect back. */
export type UndoAnswer =
  | { readonly type: 'prepared'; readonly undo: PreparedUndo }
  | { readonly type: 'done'; readonly callId: CallId; readonly text: string }
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly suggestion?: string;
    };

/** Taking effects back. Implemented in activities/effects/undo. */
export interface UndoActivities {
  /** Looks, acts or settles, as `undo-schema.ts` says; what does not fit is refused. */
  readonly undoEffect: (asked: unknown) => Promise<UndoAnswer>;
}
