import type { RunId } from './ids.ts';
import type { EndStatus, StopReason } from './status.ts';

/** What the agent hands over at its end. */
export interface FinishPayload {
  readonly summary: string;
  readonly artifacts: readonly string[];
  readonly nextSteps: readonly string[];
  readonly notes: readonly string[];
  /** `finish`: by the finish tool; `plain_text`: the model only wrote text; `limit`: a limit ended it. */
  readonly finishedBy: 'finish' | 'plain_text' | 'limit';
}

/** Result of a run that was not cancelled. */
export interface RunResult {
  readonly runId: RunId;
  readonly status: EndStatus;
  readonly stopReason: StopReason;
  readonly specialistIds: readonly string[];
  readonly isTaskForce: boolean;
  readonly requiredCapabilities: readonly string[];
  readonly payload: FinishPayload;
  readonly model: string | null;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Null when the price of a call is unknown. */
  readonly costMicroUsd: number | null;
  readonly version: number;
}
