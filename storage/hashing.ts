import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';

import type { Hash } from '../domain/json.ts';

/** SHA-256 of bytes, base64url. */
export function hashBytes(bytes: Uint8Array): Hash {
  return createHash('sha256').update(bytes).digest('base64url');
}

/** SHA-256 of a text in UTF-8, base64url. */
export function hashText(text: string): Hash {
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}

/**
 * SHA-256 over the canonical JSON (RFC 8785) of a value, base64url. Keys whose value is undefined are left out.
 *
 * @throws {TypeError} when the value is not JSON: undefined, a function, NaN or infinity.
 */
export function hashJson(value: unknown): Hash {
  return hashText(canonicalJson(value));
}

/** Canonical JSON (RFC 8785). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON can be hashed');
  return text;
}

/** A key as it may stand in an id: itself, or the hash of it when it holds other characters or is too long. */
export function plainKey(key: string, pattern: RegExp): string {
  return pattern.test(key) ? key : hashText(key);
}
