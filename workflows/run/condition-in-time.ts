import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/** The SDK's condition with a time-out, with half of its promises: a waiting run keeps every one. False when it was late. */
export async function conditionInTime(
  isOver: () => boolean,
  timeoutMs: number,
  summary: string,
): Promise<boolean> {
  let isLate = false;
  const scope = new CancellationScope();
  scope
    .run(() => sleep(timeoutMs, { summary }))
    .then(
      () => {
        isLate = true;
        return undefined;
      },
      () => undefined,
    );
  await condition(() => isLate || isOver());
  scope.cancel();
  return isOver();
}
