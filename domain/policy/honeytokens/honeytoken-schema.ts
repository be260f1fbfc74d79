import { z } from 'zod';

/** Shorter texts stand in honest ones by accident. Characters. */
const minTokenLength = 12;

const plantedPath = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?!(?:.*\/)?\.git(?:\/|$))[\w./-]+$/,
    'must be a path inside of the workspace: letters, digits, ".", "_", "-" and "/"',
  );

/** Keys, addresses and files that no honest run uses. */
export const honeytokensSchema = z.strictObject({
  enabled: z.boolean().default(false),
  /** Values that look like secrets; found plain and encoded. */
  keys: z.array(z.string().min(minTokenLength).max(1_000)).max(100).default([]),
  /** Hosts and mail addresses. */
  addresses: z.array(z.string().min(4).max(255)).max(100).default([]),
  /** Files that are put into the copy that a run works on, where the user's folder has none of that name. */
  files: z
    .array(z.strictObject({ path: plantedPath, content: z.string().max(100_000) }))
    .max(20)
    .default([]),
});

/** Keys, addresses and files that no honest run uses. */
export type Honeytokens = z.infer<typeof honeytokensSchema>;
