import { appendFileSync, existsSync } from 'node:fs';

import type { PauseAt } from '../../activities/effects/dependencies.ts';

/** At which moment a test wants this process to stop: the nth time a phase is reached. */
export interface WantedPause {
  readonly phase: string;
  readonly nth: number;
  /** Written when the moment is reached, so that the test can kill or continue; once only over all processes. */
  readonly file: string;
  /** Phases count only once this file is there; absent: from the start. */
  readonly armedBy?: string | undefined;
}

/**
 * Makes the hook that fault tests stop workers with. Without a wanted pause it does nothing. With one the process stops
 * itself at that moment, exactly once: a later process that finds the file goes on.
 */
export function createPauseAt(wanted: WantedPause | undefined, stop: () => void): PauseAt {
  if (wanted === undefined) return async () => undefined;
  let count = 0;
  return async (phase, position) => {
    if (phase !== wanted.phase || existsSync(wanted.file)) return;
    if (wanted.armedBy !== undefined && !existsSync(wanted.armedBy)) return;
    count += 1;
    if (count < wanted.nth) return;
    appendFileSync(wanted.file, `${phase} ${position}\n`);
    stop();
  };
}
