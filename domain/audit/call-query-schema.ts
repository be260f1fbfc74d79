import { z } from 'zod';

import { callStatuses } from './call-audit.ts';

/** Which calls to give; conditions that are given are joined by AND. */
export const callQuerySchema = z.strictObject({
  /** A moment or a day, ISO 8601. */
  since: z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional(),
  tool: z.string().min(1).max(128).optional(),
  status: z.enum(callStatuses).optional(),
  /** Id of a run, or what people type for it. */
  run: z.string().min(1).optional(),
  limit: z.int().min(1).max(1_000).default(100),
});

export type CallQuery = z.infer<typeof callQuerySchema>;
