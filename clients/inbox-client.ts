import type { ApprovalState } from '../domain/approval/approval.ts';
import type { JsonObject } from '../domain/json.ts';

/** What waits for people, and what they say to it. */
export interface InboxClient {
  readonly inbox: () => Promise<readonly InboxItem[]>;
  readonly getApproval: (approval: string) => Promise<ApprovalDetail>;
  readonly decide: (decision: DecideInput) => Promise<DecidedApprovalAnswer>;
  /** Notifications that could not be delivered, newest first; at most 100. */
  readonly undelivered: () => Promise<readonly UndeliveredNotification[]>;
  /** Sends all of them once more. Returns how many. */
  readonly redeliver: () => Promise<number>;
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
  /** What is not as it was when the same call was asked for before, one line each; empty for a first time. */
  readonly differences: readonly string[];
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
  /** Whom a mail was for; empty where the destination has one address only. */
  readonly recipient: string;
  readonly runKey: string;
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: string;
}
