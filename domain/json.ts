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

/** True for arrays: TypeScript does not tell them from objects by itself, because these are read-only. */
export function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** True when JSON can carry the value as it is; `depth` bounds its nesting. */
export function isJson(value: unknown, depth: number): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth <= 0) return false;
  return Object.values(value).every((part) => isJson(part, depth - 1));
}

/** A JSON object without the keys that have no value. */
export function compactJson(fields: { readonly [key: string]: Json | undefined }): JsonObject {
  const entries = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return Object.fromEntries(entries);
}
