import { z } from 'zod';

import { nameSchema, runRequestSchema } from '../../domain/run/run-request-schema.ts';

const principalSchema = z.strictObject({
  name: z.string().min(1).max(256),
  kind: z.enum(['person', 'program', 'system']),
});

/** The workflow's input as anybody may have sent it. */
export const startSchema = z.strictObject({
  tenant: nameSchema,
  project: nameSchema,
  requestedBy: principalSchema,
  proof: z
    .strictObject({
      keyId: z.string().min(1).max(256),
      at: z.string().min(1).max(256),
      signature: z.string().min(1).max(256),
    })
    .optional(),
  request: runRequestSchema,
});
