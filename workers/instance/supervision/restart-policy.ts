/** A process that lived shorter than that died of its start, not of its work. */
const instantDeathMs = 10_000;

/** Waits before the first, second, … restart in a row of instant deaths. The first comes at once: runs wait for it. */
const delaysMs = [0, 200, 500, 1_000, 2_000] as const;

/** What to do about a part that died. `instantDeaths` counts those in a row, this one included. */
export type RestartDecision =
  | { readonly type: 'restart'; readonly delayMs: number; readonly instantDeaths: number }
  | { readonly type: 'give-up'; readonly instantDeaths: number };

/** Decides about a restart from how long the process lived and how many died instantly before it. Pure. */
export function decideRestart(livedMs: number, instantDeathsBefore: number): RestartDecision {
  if (livedMs >= instantDeathMs) return { type: 'restart', delayMs: 0, instantDeaths: 0 };
  const delayMs = delaysMs[instantDeathsBefore];
  const instantDeaths = instantDeathsBefore + 1;
  return delayMs === undefined
    ? { type: 'give-up', instantDeaths }
    : { type: 'restart', delayMs, instantDeaths };
}
