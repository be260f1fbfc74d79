import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

import type { Proof } from '../../domain/principals/principal.ts';
import { signedContent, type ToSign } from '../../domain/principals/signed-content.ts';
import { canonicalJson, hashBytes } from '../hashing.ts';

/** Signs a message (Ed25519, RFC 8032) in the name of a key. */
export function signMessage(
  { keyId, privateKey }: { readonly keyId: string; readonly privateKey: KeyObject },
  content: ToSign,
  now: Date,
): Proof {
  const at = now.toISOString();
  const signature = sign(null, bytesOf(content, at), privateKey).toString('base64url');
  return { keyId, at, signature };
}

/** True when the proof was made with the private half of the key, for exactly this content. Never throws. */
export function isProved(publicKey: string, content: ToSign, proof: Proof): boolean {
  try {
    const signature = Buffer.from(proof.signature, 'base64url');
    return verify(null, bytesOf(content, proof.at), publicKeyOf(publicKey), signature);
  } catch {
    return false;
  }
}

/** Name of a public key (DER in base64url); undefined when it is no Ed25519 key. */
export function keyIdOf(publicKey: string): string | undefined {
  try {
    const key = publicKeyOf(publicKey);
    if (key.asymmetricKeyType !== 'ed25519') return undefined;
    return hashBytes(key.export({ type: 'spki', format: 'der' }));
  } catch {
    return undefined;
  }
}

function publicKeyOf(publicKey: string): KeyObject {
  return createPublicKey({
    key: Buffer.from(publicKey, 'base64url'),
    format: 'der',
    type: 'spki',
  });
}

function bytesOf(content: ToSign, at: string): Buffer {
  return Buffer.from(canonicalJson(signedContent(content, at)), 'utf8');
}
