import { z } from 'zod';

import { defaultTriggers, triggers } from './triggers.ts';

const modelKeySchema = z.string().min(1).max(64);

/** A fallback chain of up to three models. An unknown trigger is refused: a chain that never moves helps nobody. */
export const modelChainSchema = z.strictObject({
  primary: modelKeySchema,
  secondary: modelKeySchema.optional(),
  last: modelKeySchema.optional(),
  triggers: z.array(z.enum(triggers)).default([...defaultTriggers]),
});

export type ModelChain = z.infer<typeof modelChainSchema>;
