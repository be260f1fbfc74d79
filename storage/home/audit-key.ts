import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { z } from 'zod';

import type { AuditCheckpoint } from '../../domain/audit/audit-record.ts';
import { HoldfastError } from '../../domain/failures.ts';
import { homePaths } from './home-paths.ts';
import { makeFolder } from './make-folder.ts';
import { errorCode } from './process-identity.ts';

/**
 * The private Ed25519 key that signs checkpoints of the audit; made when there is none, readable by its owner only.
 * Two at once get the same key. SAFETY: it lies outside of the database, so that who can write there cannot sign.
 */
export function ensureAuditKey(home: string): KeyObject {
  const { auditKey } = homePaths(home);
  const known = readKey(auditKey);
  if (known !== undefined) return known;
  makeFolder(dirname(auditKey), 0o700);
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${auditKey}.${randomUUID()}`;
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    // A link is refused where a file is, so the first one stays.
    linkSync(draft, auditKey);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readKey(auditKey) ?? privateKey;
}

/** The key that checkpoints are checked with; undefined when the data folder has none. */
export function readAuditPublicKey(home: string): KeyObject | undefined {
  const key = readKey(homePaths(home).auditKey);
  return key === undefined ? undefined : createPublicKey(key);
}

function readKey(file: string): KeyObject | undefined {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new HoldfastError('permission_denied', `the key of the audit ${file} cannot be used`, {
      suggestion:
        'use it as the user who set the installation up; without that key no checkpoint can be checked',
      cause: error,
    });
  }
}

const checkpointSchema = z.strictObject({
  tenant: z.string(),
  seq: z.int().min(1),
  hash: z.string(),
  at: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

/** Keeps the newest checkpoint of a tenant beside the key: a chain that is cut off together with its checkpoints shows. */
export function keepCheckpoint(home: string, checkpoint: AuditCheckpoint): void {
  const file = homePaths(home).auditCheckpoint(checkpoint.tenant);
  makeFolder(dirname(file), 0o700);
  writeFileSync(`${file}.new`, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The newest checkpoint that was kept; undefined when there is none. */
export function readKeptCheckpoint(home: string, tenant: string): AuditCheckpoint | undefined {
  const file = homePaths(home).auditCheckpoint(tenant);
  try {
    return checkpointSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new HoldfastError('permission_denied', `the kept checkpoint ${file} cannot be read`, {
      suggestion: 'somebody changed it, or it belongs to another user',
      cause: error,
    });
  }
}
