import { termsInWords, type ApprovalTerms } from '../../../domain/approval/terms.ts';
import { isJson, isJsonObject, type JsonObject } from '../../../domain/json.ts';
import { runKeyOf } from '../../../domain/run/ids.ts';
import type { RunPins } from '../../../domain/run/run-input.ts';
import type { RunRequest } from '../../../domain/run/run-request.ts';
import type { RunResult } from '../../../domain/run/run-result.ts';
import type { PauseReason } from '../../../domain/failures.ts';
import type { RunStatus, StopReason } from '../../../domain/run/status.ts';
import type { EffectState } from '../../../domain/effects/effect-record.ts';
import type { ApprovalRow, EffectRow, RunRow, UndeliveredRow } from '../../../storage/readers.ts';
import type { EffectSummary } from '../../effects-client.ts';
import type { InboxItem, UndeliveredNotification } from '../../inbox-client.ts';
import type { RunSummary } from '../../runs-client.ts';

// Rows hold closed sets of words as text; they are written by our own repositories only.
/* oxlint-disable typescript/no-unsafe-type-assertion */

/** A run as lists show it. */
export function summaryOf(row: RunRow): RunSummary {
  return {
    runId: row.run_id,
    key: runKeyOf(row.run_id),
    title: row.title,
    status: row.status as RunStatus,
    pause: row.pause_reason as PauseReason | null,
    message: row.message,
    stopReason: row.stop_reason as StopReason | null,
    project: row.project,
    specialist: row.specialist,
    policy: row.policy,
    model: row.model,
    rehearsal: row.rehearsal,
    turn: row.turn,
    tokensIn: Number(row.tokens_in),
    tokensOut: Number(row.tokens_out),
    costMicroUsd: row.cost_micro_usd === null ? null : Number(row.cost_micro_usd),
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    requestedBy: row.requested_by,
  };
}

/** The columns of a run that hold whole objects. */
export function documentsOf(row: RunRow): {
  readonly request: RunRequest;
  readonly pins: RunPins;
  readonly result: RunResult | null;
} {
  return {
    request: row.request as RunRequest,
    pins: row.pins as RunPins,
    result: row.result as RunResult | null,
  };
}

/** An approval as the inbox shows it. */
export function inboxItemOf(row: ApprovalRow): InboxItem {
  const terms = row.terms as ApprovalTerms | null;
  return {
    approvalId: row.approval_id,
    runId: row.run_id,
    runKey: runKeyOf(row.run_id),
    runTitle: row.title,
    kind: row.kind as InboxItem['kind'],
    subject: row.subject,
    risk: row.risk,
    rule: row.rule,
    callId: row.call_id,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    expiresAt: terms?.onTimeout === 'keep' ? null : row.expires_at.toISOString(),
    required: terms === null ? null : termsInWords(terms),
  };
}

/** Pauses that somebody has to end: no approval stands for them. */
const mendable: ReadonlySet<string> = new Set([
  'person',
  'model_unavailable',
  'blob_missing',
  'workspace_lost',
  'kill_switch',
]);

/** A paused run as the inbox shows it; undefined for one that waits for nobody. */
export function pausedItemOf(row: RunRow): InboxItem | undefined {
  if (row.status !== 'paused' || !mendable.has(row.pause_reason ?? '')) return undefined;
  return {
    approvalId: row.run_id,
    runId: row.run_id,
    runKey: runKeyOf(row.run_id),
    runTitle: row.title,
    kind: 'pause',
    subject: `${row.pause_reason ?? 'paused'}: ${row.message ?? ''}`,
    risk: 'wait',
    rule: 'pause',
    callId: null,
    requestedBy: row.requested_by,
    requestedAt: row.updated_at.toISOString(),
    expiresAt: null,
    required: null,
  };
}

/** A notification that could not be delivered, as lists show it. */
export function undeliveredOf(row: UndeliveredRow): UndeliveredNotification {
  return {
    id: row.event_id,
    destination: row.destination,
    recipient: row.recipient,
    runKey: runKeyOf(row.run_id),
    attempts: row.attempts,
    error: row.last_error ?? '',
    createdAt: row.created_at.toISOString(),
  };
}

/** An effect as lists show it. */
export function effectOf(row: EffectRow): EffectSummary {
  return {
    callId: row.call_id,
    runId: row.run_id,
    effectSeq: row.effect_seq,
    tool: row.tool,
    target: row.target,
    state: row.state as EffectState,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}

/** A JSON column as an object; an empty one when it is none. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) && isJson(value, 64) ? value : {};
}
