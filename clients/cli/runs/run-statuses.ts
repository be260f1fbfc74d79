import type { RunStatus } from '../../../domain/run/status.ts';

/** Every status that runs can be listed by. */
export const runStatuses: readonly RunStatus[] = [
  'queued',
  'planning',
  'awaiting_approval',
  'running',
  'quality_gate',
  'delivering',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
];
