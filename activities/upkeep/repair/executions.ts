import type { SeenExecution } from '../../../domain/upkeep/abandoned.ts';

/** What upkeep sees and does of the executions of runs. */
export interface Executions {
  readonly look: (run: {
    readonly runId: string;
    readonly firstExecution: string;
  }) => Promise<SeenExecution>;
  /** Makes a waiting run look again. */
  readonly wake: (runId: string) => Promise<void>;
}
