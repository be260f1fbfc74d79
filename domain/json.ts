/** A value that JSON can carry: what crosses activity boundaries and what is hashed. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** SHA-256 in base64url. Computed in activities and storage, never in workflows. */
export type Hash = string;

/** True for plain objects: not null, not an array. */
export function isJsonObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
