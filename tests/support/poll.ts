import { setTimeout as wait } from 'node:timers/promises';

/** Asks again until the answer is not undefined; throws with the description after the limit. */
export async function pollFor<Answer>(
  description: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  limitMs = 20_000,
): Promise<Answer> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await wait(25);
  }
  throw new Error(`did not happen within ${limitMs} ms: ${description}`);
}
