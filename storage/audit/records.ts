import type { Selectable } from 'kysely';

import type { AuditKind, AuditRecord } from '../../domain/audit/audit-record.ts';
import { hashText } from '../hashing.ts';
import type { AuditTable } from './tables.ts';

/**
 * Hashes every field of a record but the hash itself: SHA-256 over canonical JSON (RFC 8785), base64url. With its keys in
 * order, texts and a whole number have only one form, so the canonical JSON of a record is the plain one; a chain is
 * long, and a general serialiser is several times slower. A test holds it against the canonical form.
 */
export function hashOfRecord(record: Omit<AuditRecord, 'hash'>): string {
  const { actor, at, decision, digest, kind, prevHash, runId, seq, subject, tenant } = record;
  const ordered = { actor, at, decision, digest, kind, prevHash, runId, seq, subject, tenant };
  return hashText(JSON.stringify(ordered));
}

/** A row of the chain as a record. */
export function asRecord(row: Selectable<AuditTable>): AuditRecord {
  return {
    seq: Number(row.seq),
    tenant: row.tenant,
    at: row.at.toISOString(),
    actor: row.actor,
    // Somebody may have changed it: the hash tells, not the type.
    kind: row.kind as AuditKind,
    runId: row.run_id,
    subject: row.subject,
    digest: row.digest,
    ...(row.decision === null ? {} : { decision: row.decision }),
    prevHash: row.prev_hash,
    hash: row.hash,
    ...(row.erasure === null ? {} : { erasure: row.erasure }),
  };
}
