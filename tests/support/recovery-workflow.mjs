import { proxyActivities } from '@temporalio/workflow';

// Nothing but the word of the supervisor ends the first attempt soon.
const { work } = proxyActivities({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '5 minutes' },
});

export async function recoveryWorkflow() {
  return work();
}
