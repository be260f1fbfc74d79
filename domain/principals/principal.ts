/** Who asks or decides. Locally the operating system's user; `authenticated` is false when nobody vouched for the name. */
export interface Principal {
  readonly name: string;
  readonly kind: 'person' | 'program' | 'system';
}

/** Ed25519 signature of a message by its sender. */
export interface Proof {
  readonly keyId: string;
  /** ISO 8601 time of signing. */
  readonly at: string;
  readonly signature: string;
}
