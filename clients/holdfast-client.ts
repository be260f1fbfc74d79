import type { Settlement } from '../domain/agent/activities.ts';
import type { ApprovalState } from '../domain/approval/approval.ts';
import type { PauseReason } from '../domain/failures.ts';
import type { EffectState } from '../domain/effects/effect-record.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RunRequest } from '../domain/run/run-request.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import type { RunStatus, StopReason } from '../domain/run/status.ts';
import type { SpendingClient } from './spending-client.ts';
import type { AuditClient } from './audit-client.ts';

/**
 * What people and programs can do with an installation, local or remote. Every method throws HoldfastError with a
 * code of the registry. Runs, approvals and effects may be named by their full id or by what people type: the key of
 * a run, or the start of an id that fits only one.
 */
export interface HoldfastClient extends SpendingClient {
  readonly startRun: (start: StartRun) => Promise<StartedRun>;
  readonly listRuns: (filter: RunFilter) => Promise<readonly RunSummary[]>;
  readonly getRun: (run: string) => Promise<RunDetail>;
  /** Events in order of their number, from `after` (0 for all) on; ends by itself when the run has ended. */
  readonly watchRun: (run: string, options: WatchOptions) => AsyncIterable<WatchedItem>;
  /** The result once the run has ended. */
  readonly waitForRun: (run: string, signal?: AbortSignal) => Promise<RunResult>;
  readonly cancelRun: (run: string, reason: string) => Promise<void>;
  readonly pauseRun: (run: string, reason: string | undefined) => Promise<void>;
  readonly resumeRun: (run: string, reason: string | undefined) => Promise<void>;
  /** Adds words before the next model call. Returns the place in the queue, from 1. */
  readonly messageRun: (run: string, text: string) => Promise<{ readonly position: number }>;
  /** What the run changed in its copy: a git patch, and the files with their counts. */
  readonly diffRun: (run: string) => Promise<RunDiff>;
  /** Every message of the conversation, in order. */
  readonly transcript: (run: string) => Promise<readonly TranscriptEntry[]>;
  readonly inbox: () => Promise<readonly InboxItem[]>;
  readonly getApproval: (approval: string) => Promise<ApprovalDetail>;
  readonly decide: (decision: DecideInput) => Promise<DecidedApprovalAnswer>;
  readonly revokeGrant: (run: string, grantId: string) => Promise<readonly string[]>;
  /** Notifications that could not be delivered, newest first; at most 100. */
  readonly undelivered: () => Promise<readonly UndeliveredNotification[]>;
  /** Sends all of them once more. Returns how many. */
  readonly redeliver: () => Promise<number>;
  /** Everybody whose decisions can be proved, by name. */
  readonly listPeople: () => Promise<readonly PersonView[]>;
  /** Registers a person or changes one; needs the role admin. */
  readonly putPerson: (person: PutPerson) => Promise<PersonView>;
  /** Takes a person out of the register; needs the role admin. */
  readonly removePerson: (name: string) => Promise<void>;
  /** The registered person of the user's own key; undefined when nobody is. */
  readonly whoAmI: () => Promise<PersonView | undefined>;
  /** What a call was prepared to do, as it was prepared last. By its full id. */
  readonly getCall: (callId: string) => Promise<CallDetail>;
  readonly listEffects: (filter: EffectFilter) => Promise<readonly EffectSummary[]>;
  readonly getEffect: (effect: string) => Promise<EffectDetail>;
  readonly settleEffect: (input: SettleInput) => Promise<{ readonly state: string }>;
  readonly listDefinitions: (kind: 'policy' | 'model') => Promise<readonly DefinitionSummary[]>;
  /** Adds or changes a model, used by runs that start from then on. */
  readonly putModel: (model: JsonObject, options: { readonly isDefault: boolean }) => Promise<void>;
  /** Takes a model off the list; runs that began with it keep it. Nothing when it is not there. */
  readonly removeModel: (name: string) => Promise<void>;
  readonly audit: AuditClient;
  /** Where to look at a run in the Temporal web UI; undefined when no UI is known. */
  readonly temporalUrl: (run: string) => string | undefined;
  readonly close: () => Promise<void>;
}

export interface StartRun {
  /** What the user asked for; defaults are filled in and everything is validated. */
  readonly request: Partial<RunRequest>;
  readonly project?: string;
  /** Idempotency key: the same key with the same request is the same run. */
  readonly key?: string;
}

export interface StartedRun {
  readonly runId: string;
  /** What people type for it. */
  readonly key: string;
  /** The key as it was given, where it cannot stand in an id: `key` is its hash then. */
  readonly givenKey?: string;
  /** True when the run was there already under this key. */
  readonly existing: boolean;
}

export interface RunFilter {
  /** Newest first; at most this many, 20 by default. */
  readonly limit?: number;
  readonly status?: RunStatus;
  /** Only those that have not ended. */
  readonly resumable?: boolean;
}

export interface RunSummary {
  readonly runId: string;
  readonly key: string;
  readonly title: string;
  readonly status: RunStatus;
  readonly pause: PauseReason | null;
  /** What a person should know of the pause or end. */
  readonly message: string | null;
  readonly stopReason: StopReason | null;
  readonly project: string;
  readonly specialist: string;
  readonly policy: string;
  readonly model: string | null;
  /** True when scripted or recorded replies stood in for a model. */
  readonly rehearsal: boolean;
  readonly turn: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costMicroUsd: number | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly requestedBy: string;
}

export interface RunDetail extends RunSummary {
  readonly request: RunRequest;
  readonly limits: {
    readonly maxTurns: number;
    readonly timeoutSeconds: number;
    readonly maxCostMicroUsd: number | null;
  };
  readonly result: RunResult | null;
  /** Open ones. */
  readonly approvals: readonly InboxItem[];
  readonly grants: readonly {
    readonly grantId: string;
    readonly tool: string;
    readonly pattern: string;
  }[];
  readonly effects: readonly EffectSummary[];
}

export interface WatchOptions {
  /** Number of the last event already seen; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** An event of the log, or words of the model as they come. Words may be lost; a new attempt begins anew. */
export type WatchedItem =
  | {
      readonly type: 'event';
      /** `<runId>#<seq>`. */
      readonly id: string;
      readonly seq: number;
      readonly schemaVersion: number;
      readonly event: string;
      readonly at: string;
      readonly runId: string;
      readonly data: JsonObject;
    }
  | {
      readonly type: 'delta';
      readonly turn: string;
      readonly attempt: number;
      readonly text: string;
    };

export interface RunDiff {
  readonly patch: Uint8Array;
  readonly files: readonly {
    readonly path: string;
    readonly status: string;
    readonly added: number | null;
    readonly removed: number | null;
  }[];
}

export interface TranscriptEntry {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly callId?: string;
}

/** One thing that waits for a person. */
export interface InboxItem {
  readonly approvalId: string;
  readonly runId: string;
  readonly runKey: string;
  readonly runTitle: string;
  /** `pause` stands for a run that needs somebody to mend something and resume it. */
  readonly kind: 'tool_call' | 'question' | 'budget' | 'effect_unknown' | 'definition' | 'pause';
  readonly subject: string;
  readonly risk: string;
  readonly rule: string;
  readonly callId: string | null;
  readonly requestedBy: string;
  readonly requestedAt: string;
  /** Null when it never expires. */
  readonly expiresAt: string | null;
  /** Who has to decide, in words; null: one person, whoever it is. */
  readonly required: string | null;
}

export interface ApprovalDetail extends InboxItem {
  readonly state: ApprovalState;
  readonly digest: string;
  readonly tool: string | null;
  /** The prepared arguments that will run. */
  readonly arguments: JsonObject | null;
  /** Diff, command or request in full, as text. */
  readonly detail: string;
  /** Simple commands a shell text was resolved to, as one line each. */
  readonly commands: readonly string[];
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly unresolved: readonly string[];
  /** Why policy asked. */
  readonly why: readonly string[];
  /** Hash of the profile whose verdict it is; null when no call waits. */
  readonly policy: string | null;
  /** What counts so far, in order; may be empty. */
  readonly decisions: readonly {
    readonly by: string;
    readonly decision: string;
    readonly at: string;
  }[];
  /** For questions. */
  readonly question: string | null;
  readonly choices: readonly string[];
}

export interface DecideInput {
  readonly approval: string;
  readonly decision: 'approve' | 'reject';
  readonly reason?: string;
  readonly answer?: string;
  readonly arguments?: JsonObject;
  /** Pattern for a grant for the rest of the run. */
  readonly remember?: string;
  readonly raiseMicroUsd?: number;
  /** The digest the person has seen: the decision counts for nothing else. */
  readonly digest?: string;
}

export interface DecidedApprovalAnswer {
  readonly approvalId: string;
  readonly state: ApprovalState;
  readonly decidedBy: string;
  readonly at: string;
  /** Who still has to decide, in words; the approval is open then. */
  readonly missing?: string;
}

/** A notification that no attempt could deliver. */
export interface UndeliveredNotification {
  readonly id: string;
  readonly destination: string;
  readonly runKey: string;
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: string;
}

/** A registered person. */
export interface PersonView {
  readonly name: string;
  readonly roles: readonly string[];
  readonly keys: readonly { readonly keyId: string; readonly publicKey: string }[];
}

/** A person to register, or what changes: roles replace those there were, a key is added to them. */
export interface PutPerson {
  readonly name: string;
  readonly roles?: readonly string[];
  /** Ed25519 public key as `people whoami` shows it. */
  readonly publicKey?: string;
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

export interface EffectDetail extends EffectSummary {
  readonly digest: string;
  readonly owner: JsonObject;
  readonly before: unknown;
  /** What the model was told of it, at most 50,000 characters. */
  readonly result: string | null;
  readonly evidence: string | null;
  readonly settledBy: string | null;
  readonly settledReason: string | null;
}

export interface SettleInput {
  readonly effect: string;
  readonly settlement: Settlement;
  readonly reason: string;
}

export interface DefinitionSummary {
  readonly name: string;
  readonly version: number;
  readonly origin: string;
  readonly body: JsonObject;
}
