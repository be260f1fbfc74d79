import type { Hash } from '../json.ts';

/** What a record of the audit can be about. Wire values: chains hold them, so they are never renamed. */
export const auditKinds = [
  'run.requested',
  'run.ended',
  'run.stopped',
  'policy.verdict',
  'policy.denied',
  'approval.opened',
  'approval.counted',
  'approval.decided',
  'approval.escalated',
  'approval.expired',
  'approval.superseded',
  'grant.added',
  'grant.revoked',
  'effect.intent',
  'effect.committed',
  'effect.failed',
  'effect.unknown',
  'effect.settled',
  'message.refused',
  'budget.exceeded',
  'budget.set',
  'budget.removed',
  'budget.raised',
  'kill-switch.stopped',
  'kill-switch.resumed',
  'kill-switch.released',
  'lock.broken',
  'permission.refused',
  'trust.changed',
  'definition.changed',
  'definition.removed',
  'secret.used',
  'security.event',
  'data.pruned',
  'data.erased',
] as const;

export type AuditKind = (typeof auditKinds)[number];

/** One thing to be audited, as it is said in the transaction of what it tells of. Ids, names and digests; no contents. */
export interface AuditDraft {
  readonly kind: AuditKind;
  /** Who: a person, `agent`, `policy` or `holdfast`; a decision adds its door, as in `maria via cli`. */
  readonly actor: string;
  /** What about: the name of the tool, kind or rule first, then the id, parted by a space. */
  readonly subject: string;
  /** Digest of what was asked, judged or done; empty where there is none. */
  readonly digest: Hash;
  /** How it was decided or came out, in one word. */
  readonly decision?: string | undefined;
}

/** Subject of the record that says that the beginning of the chain, up to a number, was cut off. Its digest is the hash there. */
export function cutSubject(seq: number): string {
  return `audit ${seq}`;
}

/** Subject of the record that says which records name a person no more. Its digest covers them as they are now. */
export function erasureSubject(erasure: string): string {
  return `records ${erasure}`;
}

/** One record of the chain of a tenant. `hash` covers every other field but `erasure`. */
export interface AuditRecord extends AuditDraft {
  /** Counts from 1 without a gap. */
  readonly seq: number;
  readonly tenant: string;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  /** Empty for what belongs to no run. */
  readonly runId: string;
  /** Hash of the record before it; {@link firstPrevHash} at the first. */
  readonly prevHash: Hash;
  readonly hash: Hash;
  /** The erasure that took the name out of it: `hash` is that of the record before. */
  readonly erasure?: string;
}

/** What the first record of a chain names as the hash before it: 32 zero bytes in base64url. */
export const firstPrevHash: Hash = 'A'.repeat(43);

/** A signed statement that the chain had exactly this end: what is cut off after it shows. */
export interface AuditCheckpoint {
  readonly tenant: string;
  readonly seq: number;
  readonly hash: Hash;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  /** SHA-256 of the public key in DER form, base64url. */
  readonly keyId: string;
  /** Ed25519 (RFC 8032) over the canonical JSON of the other fields, base64url. */
  readonly signature: string;
}
