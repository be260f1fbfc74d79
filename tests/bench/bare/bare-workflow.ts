import { proxyActivities } from '@temporalio/workflow';

import type { BareActivities } from './bare-activities.ts';

/** The run and how far it goes. */
export interface BareInput {
  readonly key: string;
  readonly steps: number;
}

const { callModel, writeNote } = proxyActivities<BareActivities>({
  startToCloseTimeout: '20 minutes',
  retry: { maximumAttempts: 1 },
});

/** Asks a model and does what it says, step by step: the least that an agent on Temporal can be. */
export async function bareWorkflow({ key, steps }: BareInput): Promise<void> {
  for (let step = 0; step <= steps; step += 1) {
    const { path, content } = await callModel({ key, step });
    await writeNote({ key, path, content });
  }
}
