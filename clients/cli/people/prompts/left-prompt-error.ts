/** Thrown when a person left a question with Ctrl-C or Escape: the command ends with 130 and says nothing. */
export class LeftPromptError extends Error {
  constructor() {
    super('the question was left');
    this.name = 'LeftPromptError';
  }
}
