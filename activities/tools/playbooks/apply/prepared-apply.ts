import { z } from 'zod';

import { playbookRequestSchema } from '../../../../domain/playbooks/playbook-request-schema.ts';

/** Marks that are kept to tell later what is different; of more only the digest tells that something is. */
export const mostMarks = 400;

/** What must still hold when an apply begins, and everything that it needs then. */
export const preparedApplySchema = z.object({
  request: playbookRequestSchema,
  /** Hash of the files of the repository. */
  content: z.string(),
  /** Hash of the inventories from outside of it. */
  inventory: z.string(),
  /** Covers what the look at the hosts found. */
  digest: z.string(),
  marks: z.array(z.object({ host: z.string(), task: z.string(), hash: z.string() })),
  /** Hosts that answered, in the order in which they are worked on. */
  hosts: z.array(z.string()),
  unreachable: z.array(z.string()),
  isIdle: z.boolean(),
  batches: z.array(z.array(z.string())),
  maxFailPercent: z.number(),
  resumes: z.string().optional(),
  rollsBack: z.string().optional(),
  rollback: z.string().optional(),
});

export type PreparedApply = z.infer<typeof preparedApplySchema>;
