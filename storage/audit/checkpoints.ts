import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

import type { Selectable } from 'kysely';

import type { AuditCheckpoint } from '../../domain/audit/audit-record.ts';
import { canonicalJson } from '../hashing.ts';
import type { AuditCheckpointsTable } from './tables.ts';

/** Signs where the chain of a tenant ends. */
export type SignCheckpoint = (
  end: Pick<AuditCheckpoint, 'tenant' | 'seq' | 'hash' | 'at'>,
) => AuditCheckpoint;

/** Makes the signer of a private Ed25519 key. */
export function checkpointSigner(privateKey: KeyObject): SignCheckpoint {
  const keyId = keyIdOf(createPublicKey(privateKey));
  return ({ tenant, seq, hash, at }) => {
    const signed = { tenant, seq, hash, at, keyId };
    const signature = sign(null, bytesOf(signed), privateKey).toString('base64url');
    return { ...signed, signature };
  };
}

/** True when the key signed exactly this checkpoint. */
export function isSignedBy(publicKey: KeyObject, checkpoint: AuditCheckpoint): boolean {
  const { signature, ...signed } = checkpoint;
  if (signed.keyId !== keyIdOf(publicKey)) return false;
  return verify(null, bytesOf(signed), publicKey, Buffer.from(signature, 'base64url'));
}

function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url');
}

function bytesOf(signed: Omit<AuditCheckpoint, 'signature'>): Buffer {
  return Buffer.from(canonicalJson(signed), 'utf8');
}

/** A row as a checkpoint. */
export function asCheckpoint(row: Selectable<AuditCheckpointsTable>): AuditCheckpoint {
  return {
    tenant: row.tenant,
    seq: Number(row.seq),
    hash: row.hash,
    at: row.at.toISOString(),
    keyId: row.key_id,
    signature: row.signature,
  };
}
