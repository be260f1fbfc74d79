import { isJsonObject } from '../json.ts';

/** What replaying the history of a run against the workflow code of this program came to. */
export type ReplayReport =
  | { readonly type: 'same'; readonly executions: number; readonly events: number }
  | {
      readonly type: 'diverged';
      /** First event that the code of today would not have made, as `12 ActivityTaskScheduled`. */
      readonly event: string;
      readonly message: string;
    }
  | { readonly type: 'failed'; readonly message: string };

/** Whether a message of another process is a report. */
export function isReplayReport(value: unknown): value is ReplayReport {
  return (
    isJsonObject(value) &&
    (value['type'] === 'same' || value['type'] === 'diverged' || value['type'] === 'failed')
  );
}
