/** What decides who answers the approval of the demo. */
export interface AnswerFacts {
  /** True at a terminal. */
  readonly canAsk: boolean;
  readonly yes: boolean;
  /** True when scripted replies stand in for a model. */
  readonly isRehearsed: boolean;
}

/**
 * Chooses who answers the approval. Where nobody can be asked the demo answers itself, but only in the name of its own
 * script: what a real model asks for needs a person or their word.
 */
export function answersOf({
  canAsk,
  yes,
  isRehearsed,
}: AnswerFacts): 'itself' | 'person' | 'nobody' {
  if (yes) return 'itself';
  if (canAsk) return 'person';
  return isRehearsed ? 'itself' : 'nobody';
}
