import { z } from 'zod';

import { unauthenticated } from './principal.ts';

/** Names that the engine itself uses. */
const reserved: ReadonlySet<string> = new Set([unauthenticated, 'engine', 'policy', 'nobody']);

/** A role: one of {@link builtInRoles} or a word of one's own, such as `sre`. */
export const roleSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'write a role in lower-case letters, digits and dashes');

/** A person whose messages can be proved: name, roles, public keys. */
export const personSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'write letters, digits, dots, dashes or @')
    .refine((name) => !reserved.has(name), 'this name is taken by the engine'),
  /** Sorted, none twice. */
  roles: z.array(roleSchema).max(32),
  /** One for each machine the person works at, oldest first. */
  keys: z
    .array(
      z.strictObject({
        /** SHA-256 of the public key (DER), base64url. */
        keyId: z.string().length(43),
        /** Ed25519 public key, DER (SPKI), base64url. */
        publicKey: z.string().min(1).max(256),
      }),
    )
    .max(16),
});

/** A registered person. */
export type Person = z.infer<typeof personSchema>;

/** Roles with a meaning of their own; any other word can be a role that policies name. */
export const builtInRoles = ['viewer', 'operator', 'approver', 'admin'] as const;
