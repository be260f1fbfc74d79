/**
 * The one map of what can go wrong: failure type or result, error code, HTTP status, exit code, pause reason.
 * CLI, HTTP and run status read it; nobody repeats it.
 */

/** Stable error codes that people and programs see. */
export type ErrorCode =
  | 'invalid_argument'
  | 'validation_error'
  | 'unauthenticated'
  | 'permission_denied'
  | 'not_found'
  | 'conflict'
  | 'idempotency_conflict'
  | 'payload_too_large'
  | 'rate_limited'
  | 'circuit_open'
  | 'model_unavailable'
  | 'unavailable'
  | 'timeout'
  | 'internal'
  | 'execution_error'
  | 'dependency_missing'
  | 'access_denied'
  | 'sandbox_denied'
  | 'sandbox_unavailable'
  | 'test_failed'
  | 'gate_failed'
  | 'compensation_failed'
  | 'policy_denied'
  | 'approval_rejected'
  | 'approval_expired'
  | 'digest_mismatch'
  | 'effect_unknown'
  | 'budget_exceeded'
  | 'price_unknown'
  | 'preview_drift'
  | 'definition_changed'
  | 'workspace_lost'
  | 'kill_switch_active'
  | 'stale_fence'
  | 'lock_unavailable'
  | 'replay_diverged';

/** Why a run is paused. */
export type PauseReason =
  | 'question'
  | 'capacity'
  | 'budget'
  | 'kill_switch'
  | 'effect_unknown'
  | 'model_unavailable'
  | 'blob_missing'
  | 'workspace_lost'
  | 'person';

/** Pauses that end by themselves: nobody is asked or told. */
export const passingPauses: ReadonlySet<string> = new Set<PauseReason>(['capacity']);

/** What an error code means to programs. */
export interface CodeMeaning {
  readonly http: number;
  /** 1 ended badly, 2 wrong use, 3 not found, 4 waits for a person, 5 not allowed, 75 temporarily unavailable, 124 time-out. */
  readonly exit: number;
  readonly retryable: boolean;
}

/** HTTP status and exit code of each error code. */
export const codeMeanings: { readonly [code in ErrorCode]: CodeMeaning } = {
  invalid_argument: { http: 400, exit: 2, retryable: false },
  validation_error: { http: 400, exit: 2, retryable: false },
  unauthenticated: { http: 401, exit: 5, retryable: false },
  permission_denied: { http: 403, exit: 5, retryable: false },
  not_found: { http: 404, exit: 3, retryable: false },
  conflict: { http: 409, exit: 1, retryable: false },
  idempotency_conflict: { http: 409, exit: 1, retryable: false },
  payload_too_large: { http: 413, exit: 2, retryable: false },
  rate_limited: { http: 429, exit: 75, retryable: true },
  circuit_open: { http: 503, exit: 75, retryable: true },
  model_unavailable: { http: 503, exit: 75, retryable: true },
  unavailable: { http: 503, exit: 75, retryable: true },
  timeout: { http: 504, exit: 124, retryable: true },
  internal: { http: 500, exit: 1, retryable: true },
  execution_error: { http: 500, exit: 1, retryable: false },
  dependency_missing: { http: 501, exit: 1, retryable: false },
  access_denied: { http: 403, exit: 5, retryable: false },
  sandbox_denied: { http: 403, exit: 5, retryable: false },
  sandbox_unavailable: { http: 503, exit: 75, retryable: false },
  test_failed: { http: 422, exit: 1, retryable: false },
  gate_failed: { http: 422, exit: 1, retryable: false },
  compensation_failed: { http: 409, exit: 1, retryable: false },
  policy_denied: { http: 403, exit: 5, retryable: false },
  approval_rejected: { http: 409, exit: 1, retryable: false },
  approval_expired: { http: 409, exit: 1, retryable: false },
  digest_mismatch: { http: 409, exit: 1, retryable: false },
  effect_unknown: { http: 409, exit: 4, retryable: false },
  budget_exceeded: { http: 402, exit: 4, retryable: false },
  price_unknown: { http: 402, exit: 4, retryable: false },
  preview_drift: { http: 409, exit: 1, retryable: false },
  definition_changed: { http: 409, exit: 1, retryable: false },
  workspace_lost: { http: 410, exit: 4, retryable: false },
  kill_switch_active: { http: 423, exit: 4, retryable: true },
  stale_fence: { http: 409, exit: 1, retryable: false },
  lock_unavailable: { http: 409, exit: 75, retryable: true },
  replay_diverged: { http: 500, exit: 1, retryable: false },
};

/** Wire values of failures that cross the activity boundary. Never renamed: histories hold them. */
export const FailureType = {
  modelRateLimited: 'Model.RateLimited',
  modelUnavailable: 'Model.Unavailable',
  modelTimedOut: 'Model.TimedOut',
  modelTruncated: 'Model.Truncated',
  modelRejected: 'Model.Rejected',
  modelUnauthorized: 'Model.Unauthorized',
  modelQuotaExhausted: 'Model.QuotaExhausted',
  storageUnavailable: 'Storage.Unavailable',
  storageConflict: 'Storage.Conflict',
  effectBusy: 'Effect.Busy',
  effectConflict: 'Effect.Conflict',
  approvalNotPending: 'Approval.NotPending',
  approvalNotFound: 'Approval.NotFound',
  approvalDigestMismatch: 'Approval.DigestMismatch',
  grantNotFound: 'Grant.NotFound',
  sandboxUnavailable: 'Sandbox.Unavailable',
  workspaceLost: 'Workspace.Lost',
  blobMissing: 'Blob.Missing',
  runStopped: 'Run.Stopped',
  definitionMissing: 'Definition.Missing',
  payloadTooLarge: 'Payload.TooLarge',
  payloadUndecodable: 'Payload.Undecodable',
  messageInvalid: 'Message.Invalid',
  messageQueueFull: 'Message.QueueFull',
  runEnding: 'Run.Ending',
  runNotYours: 'Run.NotYours',
} as const;

export type FailureType = (typeof FailureType)[keyof typeof FailureType];

/** What a failure type means: its code and, where the run waits for somebody, the pause reason. */
export interface FailureMeaning {
  readonly code: ErrorCode;
  readonly pause?: PauseReason;
}

/** Code and pause reason of each failure type. */
export const failureMeanings: { readonly [type in FailureType]: FailureMeaning } = {
  'Model.RateLimited': { code: 'rate_limited' },
  'Model.Unavailable': { code: 'unavailable' },
  'Model.TimedOut': { code: 'timeout' },
  'Model.Truncated': { code: 'unavailable' },
  'Model.Rejected': { code: 'invalid_argument' },
  'Model.Unauthorized': { code: 'unauthenticated' },
  'Model.QuotaExhausted': { code: 'rate_limited' },
  'Storage.Unavailable': { code: 'unavailable' },
  'Storage.Conflict': { code: 'conflict' },
  'Effect.Busy': { code: 'unavailable' },
  'Effect.Conflict': { code: 'effect_unknown', pause: 'effect_unknown' },
  'Approval.NotPending': { code: 'conflict' },
  'Approval.NotFound': { code: 'not_found' },
  'Approval.DigestMismatch': { code: 'digest_mismatch' },
  'Grant.NotFound': { code: 'not_found' },
  'Sandbox.Unavailable': { code: 'sandbox_unavailable', pause: 'person' },
  'Workspace.Lost': { code: 'workspace_lost', pause: 'workspace_lost' },
  'Blob.Missing': { code: 'internal', pause: 'blob_missing' },
  'Run.Stopped': { code: 'kill_switch_active', pause: 'kill_switch' },
  'Definition.Missing': { code: 'definition_changed', pause: 'person' },
  'Payload.TooLarge': { code: 'payload_too_large', pause: 'person' },
  'Payload.Undecodable': { code: 'internal', pause: 'person' },
  'Message.Invalid': { code: 'validation_error' },
  'Message.QueueFull': { code: 'rate_limited' },
  'Run.Ending': { code: 'conflict' },
  'Run.NotYours': { code: 'permission_denied' },
};

/** First detail of a failure that holds a run: what the model hears when it goes on. */
export interface FailureDetail {
  readonly tell: string;
}

/** Exit code of a command that the user interrupted (128 + SIGINT). */
export const exitInterrupted = 130;

/** True when the text is one of our failure types. */
export function isFailureType(type: string): type is FailureType {
  return Object.hasOwn(failureMeanings, type);
}

/** One error as every door shows it: HTTP body, CLI `--json`, tool result. */
export interface ErrorEnvelope {
  readonly protocolVersion: 1;
  readonly code: ErrorCode;
  readonly message: string;
  readonly suggestion?: string;
  readonly fieldErrors?: readonly FieldError[];
  readonly retryable: boolean;
  readonly correlationId?: string;
  readonly details?: unknown;
}

/** One field that does not fit: where, and which constraint. */
export interface FieldError {
  readonly field: string;
  readonly constraint: string;
  readonly value?: string;
}

/** Thrown when an operation ends with a code of the registry; clients turn it into an envelope. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  readonly suggestion: string | undefined;
  readonly fieldErrors: readonly FieldError[] | undefined;
  readonly details: unknown;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      readonly suggestion?: string;
      readonly fieldErrors?: readonly FieldError[];
      readonly details?: unknown;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.suggestion = more.suggestion;
    this.fieldErrors = more.fieldErrors;
    this.details = more.details;
  }
}

/** Builds the envelope of an error; anything that is not ours becomes `internal` without its details. */
export function errorEnvelope(error: unknown): ErrorEnvelope {
  if (!(error instanceof HoldfastError)) {
    return {
      protocolVersion: 1,
      code: 'internal',
      message: 'something went wrong inside holdfast',
      suggestion: 'run it again with --verbose, and report it with the log if it stays',
      retryable: codeMeanings.internal.retryable,
    };
  }
  return {
    protocolVersion: 1,
    code: error.code,
    message: error.message,
    ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
    ...(error.fieldErrors === undefined ? {} : { fieldErrors: error.fieldErrors }),
    retryable: codeMeanings[error.code].retryable,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}
