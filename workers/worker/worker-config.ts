import { z } from 'zod';

import { HoldfastError } from '../../domain/failures.ts';

/** Name of the variable that carries the configuration of a worker as JSON. */
export const workerConfigVariable = 'HOLDFAST_WORKER_CONFIG';

const workerConfigSchema = z.object({
  temporalAddress: z.string().min(1),
  namespace: z.string().min(1),
  taskQueue: z.string().min(1),
  databaseUrl: z.string().min(1),
  home: z.string().startsWith('/'),
  /** Unique for each process. */
  identity: z.string().min(1),
  /** Runs kept in memory; absent: 500. */
  maxCachedWorkflows: z.int().min(1).optional(),
  /** For tests: time a command runs on without a worker, in milliseconds; absent: 30,000. */
  commandLeaseMs: z.int().min(100).optional(),
  /** For tests: length of the lease of a lock, in milliseconds; absent: 60,000. */
  lockLeaseMs: z.int().min(100).optional(),
  /** Name of this host; absent: what the system says. */
  hostName: z.string().min(1).max(255).optional(),
  /** Where to stop, for tests that kill workers: `{"phase": "...", "nth": 1}`. */
  pauseAt: z
    .object({
      phase: z.string(),
      nth: z.int().min(1),
      file: z.string(),
      armedBy: z.string().optional(),
    })
    .optional(),
});

export type WorkerConfig = z.infer<typeof workerConfigSchema>;

/** Reads the configuration of a worker. @throws {HoldfastError} invalid_argument */
export function parseWorkerConfig(text: string | undefined): WorkerConfig {
  try {
    return workerConfigSchema.parse(JSON.parse(text ?? ''));
  } catch (cause) {
    throw new HoldfastError(
      'invalid_argument',
      `${workerConfigVariable} holds no worker configuration`,
      {
        suggestion: 'start workers with: holdfast up',
        cause,
      },
    );
  }
}
