import { z } from 'zod';

import type { SandboxLimits } from '../sandbox-limits.ts';

const limitsSchema = z.strictObject({
  memoryBytes: z.number(),
  processes: z.number(),
  cpus: z.number(),
  wallMs: z.number(),
  fileSizeBytes: z.number(),
  storageBytes: z.number(),
  outputBytes: z.number(),
}) satisfies z.ZodType<SandboxLimits>;

const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  limits: limitsSchema,
  groups: z.array(z.string()),
  sandbox: z.string(),
});

/** What whoever attaches to a launch has to know. The supervisor keeps it beside the output. */
export interface LaunchPlan {
  readonly limits: SandboxLimits;
  /** Folders of the control groups it runs in. */
  readonly groups: readonly string[];
  /** Name of the state folder that its sandbox was made from, and that it still reads. */
  readonly sandbox: string;
}

/** Writes a plan as one line. */
export function formatPlan(plan: LaunchPlan): string {
  return JSON.stringify({ schemaVersion: 1, ...plan });
}

/** Reads a plan; undefined when it is not one of ours. */
export function parsePlan(line: string): LaunchPlan | undefined {
  try {
    return planSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
