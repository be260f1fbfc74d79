/**
 * What may move a turn to the next tier:
 * `error` a permanent error or the third transient fault, `circuit_open` the breaker refuses,
 * `no_tool_calls` an answer without calls where tools were offered, `malformed_args` unusable arguments twice in a row,
 * `always` the next tier answers from the start.
 */
export const triggers = [
  'error',
  'circuit_open',
  'no_tool_calls',
  'malformed_args',
  'always',
] as const;

export type Trigger = (typeof triggers)[number];

/** Triggers of a chain that lists none. */
export const defaultTriggers: readonly Trigger[] = ['no_tool_calls'];

/** What an answer looks like to the fallback decision. */
export interface AnswerFacts {
  readonly toolsOffered: number;
  readonly toolCalls: number;
  /** Answers in a row, this one included, with arguments that are not JSON or do not fit their schema. */
  readonly malformedInARow: number;
}

/** Answers with malformed arguments in a row that make a chain move. */
const malformedAnswersBeforeMove = 2;

/** Names the trigger that an answer pulls, or undefined when the answer stands. */
export function answerTrigger(answer: AnswerFacts): Trigger | undefined {
  if (answer.malformedInARow >= malformedAnswersBeforeMove) return 'malformed_args';
  if (answer.toolsOffered > 0 && answer.toolCalls === 0) return 'no_tool_calls';
  return undefined;
}
