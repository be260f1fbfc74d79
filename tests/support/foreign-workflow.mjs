import { proxyActivities } from '@temporalio/workflow';

/** A workflow that is none of ours and calls our activities as it likes. */
export async function foreign({ name, input }) {
  const activities = proxyActivities({
    taskQueue: 'holdfast',
    startToCloseTimeout: '20 seconds',
    retry: { maximumAttempts: 1 },
  });
  return activities[name](input);
}
