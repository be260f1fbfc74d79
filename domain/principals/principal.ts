/** Who asks or decides. The name is a claim: it counts only with a {@link Proof} that verifies. */
export interface Principal {
  readonly name: string;
  readonly kind: 'person' | 'program' | 'system';
}

/** Ed25519 signature of a message by its sender. */
export interface Proof {
  /** SHA-256 of the public key (DER), base64url. */
  readonly keyId: string;
  /** ISO 8601 time of signing; the signature covers it. */
  readonly at: string;
  /** Base64url. */
  readonly signature: string;
}

/** Stands for somebody whose name nobody proved. No person can be registered under it. */
export const unauthenticated = 'unauthenticated';
