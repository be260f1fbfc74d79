import type { FinishGate } from '../run/run-input.ts';
import type { PreparedCall } from '../tools/prepared-call.ts';
import type { AgentState } from './agent-state.ts';
import { unheardWords } from './unheard-words.ts';

/** Why a finish does not hold, as the model is told. */
export interface FinishRefusal {
  readonly code: 'gate_failed' | 'validation_error';
  readonly message: string;
}

/**
 * Judges a finish whose schema holds, after all other calls of its turn: a failed sibling holds it back, so do words that
 * the model has not heard, and the tests-verified gate wants a green test run on record that is newer than the last change. A claim is not enough.
 */
export function finishRefusal(
  agent: AgentState,
  finish: PreparedCall,
  gates: readonly FinishGate[],
): FinishRefusal | undefined {
  const failed = agent.settled.filter(
    (outcome) => outcome.callId !== finish.callId && outcome.status !== 'ok',
  );
  if (failed.length > 0) {
    return {
      code: 'validation_error',
      message: `finish was held back because ${failed.length} other call(s) of this turn did not succeed; look at their results, then finish again`,
    };
  }
  if (unheardWords(agent).length > 0) {
    return {
      code: 'validation_error',
      message:
        'finish was held back because a person has added words meanwhile; they follow: take them into account, then finish again',
    };
  }
  if (gates.includes('tests-verified') && !testsAreVerified(agent)) {
    return {
      code: 'gate_failed',
      message:
        'finish was refused: testsVerified needs a green run_tests result newer than the last change; run the tests with run_tests, then finish again',
    };
  }
  return undefined;
}

function testsAreVerified({ checks }: AgentState): boolean {
  return checks.lastGreen > 0 && checks.lastGreen > checks.lastChange;
}
