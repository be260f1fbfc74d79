import type { PassedCap } from '../budget/budget.ts';
import type { Hash, JsonObject } from '../json.ts';
import type { Proof } from '../principals/principal.ts';
import type { ApprovalId, CallId } from '../run/ids.ts';
import { defaultExpirySeconds, type ApprovalTerms } from './terms.ts';

/** What waits for a person. */
export type ApprovalKind = 'tool_call' | 'question' | 'budget' | 'effect_unknown' | 'definition';

/** Where an approval stands. `withdrawn`: its run ended; `superseded`: the call changed and a new one was opened. */
export type ApprovalState =
  | 'open'
  | 'approved'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'superseded';

/** How dangerous what waits is. `wait`: nothing would run; a person is asked something, or has to mend something. */
export type Risk = 'read' | 'wait' | 'change' | 'destructive';

/** One durable request for a decision, bound to the digest of what would run. */
export interface Approval {
  readonly approvalId: ApprovalId;
  readonly kind: ApprovalKind;
  /** The call it is about; none for budgets. */
  readonly callId?: CallId;
  /** What exactly, for people: at most 160 characters; the whole stands in PostgreSQL. */
  readonly subject: string;
  readonly digest: Hash;
  readonly risk: Risk;
  /** The policy rule that asked. */
  readonly rule: string;
  readonly requestedAtMs: number;
  readonly expiresAtMs: number;
  readonly state: ApprovalState;
  readonly decision?: Decision;
  /** For budgets: what an approval without an amount allows more, in micro-units. */
  readonly needsMicroUsd?: number;
  /** For budgets that runs share: what would be passed, and what an approval without an amount allows more. */
  readonly cap?: PassedCap;
  /** Who decides; absent: one person, whoever it is. */
  readonly terms?: ApprovalTerms;
  /** Everything that counts so far, in the order it came; where one decision is enough only `decision` is kept. */
  readonly decisions?: readonly Decision[];
  /** People who changed the call. */
  readonly editedBy?: readonly string[];
  /** Roles, or `person:NAME`, that the escalation reached, in order. */
  readonly escalatedTo?: readonly string[];
  readonly isReminded?: boolean;
}

/** What a person said on an approval. */
export interface Decision {
  readonly decisionId: string;
  readonly approvalId: ApprovalId;
  readonly digest: Hash;
  readonly decision: 'approve' | 'reject';
  readonly reason?: string | undefined;
  readonly answer?: string | undefined;
  /** Pattern of a grant for the rest of the run. */
  readonly remember?: string | undefined;
  readonly raiseMicroUsd?: number | undefined;
  /** A registered person whose proof verified, else `unauthenticated`. */
  readonly by: string;
  /** Of a registered person, at the time of the decision. */
  readonly roles?: readonly string[] | undefined;
  /** The name that came along without a proof. */
  readonly claimed?: string | undefined;
  readonly via: string;
  readonly atMs: number;
  readonly proof?: Proof | undefined;
  /** What the proof signs: it is verified again before the call is performed. */
  readonly signed?: JsonObject | undefined;
}

/** What is remembered of a decided approval, to answer a repeat. */
export interface DecidedApproval {
  readonly approvalId: ApprovalId;
  readonly decisionId: string;
  readonly state: ApprovalState;
  readonly decidedBy: string;
  /** ISO 8601. */
  readonly at: string;
}

/** An approval that nobody decided is rejected after this time. */
export const approvalExpiryMs = defaultExpirySeconds * 1_000;
