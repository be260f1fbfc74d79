import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import type { Proof } from '../../domain/principals/principal.ts';
import type { ToSign } from '../../domain/principals/signed-content.ts';
import { hashBytes } from '../hashing.ts';
import { makeFolder } from '../home/make-folder.ts';
import { signMessage } from './proofs.ts';

/** The key of the person at this machine. The private half never leaves this object. */
export interface Identity {
  /** SHA-256 of the public key (DER), base64url. */
  readonly keyId: string;
  /** DER (SPKI), base64url: what others register. */
  readonly publicKey: string;
  readonly sign: (content: ToSign, now: Date) => Proof;
}

/**
 * Reads the person's key, or makes one: Ed25519, PKCS 8, readable by its owner only.
 *
 * @throws {HoldfastError} permission_denied when others can read the file; invalid_argument when it is no such key.
 */
export function openIdentity(file: string): Identity & { readonly isNew: boolean } {
  const isNew = statSync(file, { throwIfNoEntry: false }) === undefined && makeKey(file);
  return { ...identityOf(readKey(file)), isNew };
}

function identityOf(privateKey: KeyObject): Identity {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const keyId = hashBytes(der);
  return {
    keyId,
    publicKey: der.toString('base64url'),
    sign: (content, now) => signMessage({ keyId, privateKey }, content, now),
  };
}

/** Returns false when another process was quicker: the key is there then, whole. */
function makeKey(file: string): boolean {
  makeFolder(dirname(file), 0o700);
  const { privateKey } = generateKeyPairSync('ed25519');
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readKey(file: string): KeyObject {
  // SAFETY: whoever can read this key can decide in the person's name.
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new HoldfastError('permission_denied', `others can read your key ${file}`, {
      suggestion: `chmod 600 ${file}`,
    });
  }
  const key = parsedKey(file);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new HoldfastError('invalid_argument', `${file} is no Ed25519 key`, {
    suggestion: 'put your key back, or move the file away: a new one is made then',
  });
}

function parsedKey(file: string): KeyObject | undefined {
  try {
    return createPrivateKey(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
