import type { FinishGate } from '../run/run-input.ts';

/** An agent definition: what it is told, which tools it gets, which gates its finish must pass. */
export interface Specialist {
  readonly id: string;
  readonly description: string;
  readonly prompt: string;
  readonly capabilities: readonly string[];
  /** Names of tools, in the order they are offered. */
  readonly tools: readonly string[];
  readonly gates: readonly FinishGate[];
}
