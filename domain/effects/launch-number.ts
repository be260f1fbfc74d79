/**
 * Take-overs that have room between two first fences. Each needs the death of a worker; beyond them a launch is not
 * found any more, and its effect is unknown.
 */
const takeOvers = 1_000;

/** First fences are made of launch numbers from 1 to this; the fence column is a 32-bit integer. */
export const maxLaunchNumber = 2_000_000;

/** The fence that an intent begins with. Every take-over adds one to it. */
export function firstFenceOf(launchNumber: number): number {
  return launchNumber * takeOvers;
}

/**
 * The number of an intent's launch, the same for all who take it over. An intent that a person cleared and the one
 * that comes after it have different ones, so what the first has begun is never taken for the second.
 */
export function launchNumberOf(fence: number): number {
  return Math.floor(fence / takeOvers);
}
