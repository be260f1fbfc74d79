import type { Settlement } from '../domain/agent/activities.ts';
import type { EffectState } from '../domain/effects/effect-record.ts';
import type { PreparedUndo } from '../domain/effects/undo.ts';
import type { JsonObject } from '../domain/json.ts';

/** Calls and what they changed. */
export interface EffectsClient {
  /** What a call was prepared to do, as it was prepared last. By its full id. */
  readonly getCall: (callId: string) => Promise<CallDetail>;
  readonly listEffects: (filter: EffectFilter) => Promise<readonly EffectSummary[]>;
  readonly getEffect: (effect: string) => Promise<EffectDetail>;
  readonly settleEffect: (input: SettleInput) => Promise<{ readonly state: string }>;
  /**
   * What taking an effect back would do, as a worker sees it now.
   * @throws {HoldfastError} conflict when the state is not what the effect left; effect_unknown before it is settled;
   * compensation_failed where it is done by hand only.
   */
  readonly previewUndo: (effect: string) => Promise<PreparedUndo>;
  /**
   * Takes an effect back as it was shown. Returns what was done, in words.
   * @throws {HoldfastError} as `previewUndo`, and digest_mismatch when it would be something else now.
   */
  readonly undoEffect: (undo: PreparedUndo) => Promise<string>;
}

/** A call as it was prepared: what would run, for people. */
export interface CallDetail {
  readonly callId: string;
  readonly tool: string;
  /** What it does, on one line. */
  readonly preview: string;
  /** Diff, command or request in full, as text; may be empty. */
  readonly detail: string;
}

export interface EffectFilter {
  readonly run?: string;
  readonly state?: EffectState;
  readonly limit?: number;
}

export interface EffectSummary {
  readonly callId: string;
  readonly runId: string;
  readonly effectSeq: number;
  readonly tool: string;
  readonly target: string;
  readonly state: EffectState;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** What a playbook did in one task on one host. */
export interface PlaybookChange {
  readonly host: string;
  readonly play: string;
  readonly task: string;
  readonly status: string;
  /** Hash of the difference; null when the task told none, or hides it. */
  readonly diffHash: string | null;
}

export interface EffectDetail extends EffectSummary {
  readonly digest: string;
  readonly owner: JsonObject;
  readonly before: unknown;
  /** What the model was told of it, at most 50,000 characters. */
  readonly result: string | null;
  readonly evidence: string | null;
  /** Of a playbook: every task on every host, in order; empty for everything else. */
  readonly changes: readonly PlaybookChange[];
  readonly settledBy: string | null;
  readonly settledReason: string | null;
  /** The effect that this one takes back. */
  readonly undoes: string | null;
  /** State of the effect that takes this one back. */
  readonly undo: EffectState | null;
}

export interface SettleInput {
  readonly effect: string;
  readonly settlement: Settlement;
  readonly reason: string;
}
