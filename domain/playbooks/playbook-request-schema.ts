import { z } from 'zod';

/** A pattern or name that Ansible could not take for an option. */
const word = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[^-\s\0][^\0\n]*$/, 'must not begin with a dash');

/** Which playbook is run on what, and how. */
export const playbookRequestSchema = z.strictObject({
  /** Path in the repository. */
  playbook: word,
  /** Files or folders: paths in the repository, or absolute ones outside of it. */
  inventories: z.array(word).min(1).max(10),
  limit: word.optional(),
  tags: z.array(word).max(100).optional(),
  skipTags: z.array(word).max(100).optional(),
  extraVars: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.json()).optional(),
  /** Hosts worked on at once. */
  forks: z.int().min(1).max(50).optional(),
  become: z.boolean().optional(),
  /** Only shows what it would change. */
  check: z.boolean().optional(),
  startAtTask: word.optional(),
});

export type PlaybookRequest = z.infer<typeof playbookRequestSchema>;
