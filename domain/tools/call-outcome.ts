import type { ErrorCode } from '../failures.ts';
import type { Hash } from '../json.ts';
import type { CallId } from '../run/ids.ts';

/** What became of a call. The text the model sees is the blob `result`, or `text` where the workflow itself answered. */
export interface CallOutcome {
  readonly callId: CallId;
  readonly status: 'ok' | 'error' | 'denied' | 'rejected';
  readonly code?: ErrorCode;
  readonly result?: Hash;
  /** At most 2 KB; set by the workflow for answers, rejections and refusals that no activity made. */
  readonly text?: string;
  /** FNV-1a 64 of the output, hex: three equal ones in a row are a stall. */
  readonly outputHash: string;
  /** True for edits, writes and successful commands. */
  readonly progress: boolean;
  /** Set by a test run only. */
  readonly testsGreen?: boolean;
}
