import { z } from 'zod';

/** Ed25519 signature of a person over everything else that is asked. */
const proof = z.strictObject({
  keyId: z.string().max(64),
  at: z.string().max(64),
  signature: z.string().max(256),
});

const who = {
  tenant: z.string().max(64),
  callId: z.string().max(500),
  /** Tells this wish from others: asked again it gets the same answer. */
  decisionId: z.string().min(1).max(64),
  by: z.string().min(1).max(64),
  proof: proof.optional(),
};

/** What is asked of the way back of an effect: to look, to act as it was seen, or to say what became of it. */
export const undoAskedSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('prepare'),
    tenant: z.string().max(64),
    callId: z.string().max(500),
  }),
  z.strictObject({ action: z.literal('perform'), ...who, digest: z.string().max(64) }),
  z.strictObject({
    action: z.literal('settle'),
    ...who,
    settlement: z.enum(['happened', 'did-not-happen']),
    reason: z.string().trim().min(1).max(2_000),
  }),
]);

export type UndoAsked = z.infer<typeof undoAskedSchema>;
/** What changes something, and therefore somebody's name stands below it. */
export type UndoOrder = Exclude<UndoAsked, { readonly action: 'prepare' }>;
