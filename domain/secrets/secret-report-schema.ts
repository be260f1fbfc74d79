import { z } from 'zod';

const reportedSecretSchema = z.strictObject({
  name: z.string(),
  /** Where it comes from, in words: `store`, `environment NAME`, `file PATH`, `command PROGRAM`. */
  source: z.string(),
  state: z.enum(['set', 'missing']),
  /** Why it is missing. */
  why: z.string().optional(),
  /** Variable in which commands get it. */
  variable: z.string().optional(),
  /** Hosts that http_fetch may send it to. */
  hosts: z.array(z.string()),
});

/** A secret as it stands somewhere, without its value. */
export type ReportedSecret = z.infer<typeof reportedSecretSchema>;

/** What a worker found when it last read its secrets. */
export const secretReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  pid: z.int(),
  /** ISO 8601. */
  at: z.string(),
  /** By name. */
  secrets: z.array(reportedSecretSchema),
  /** Why the last reading failed; the secrets are those of the reading before it. */
  error: z.string().optional(),
});

/** What a worker found when it last read its secrets. */
export type SecretReport = z.infer<typeof secretReportSchema>;
