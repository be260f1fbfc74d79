/** A rule that a person granted for the rest of a run ("allow this kind"): visible, revocable, never for destructive calls. */
export interface Grant {
  readonly grantId: string;
  readonly tool: string;
  /** Glob over the text of every simple command (shell) or every path (files). */
  readonly pattern: string;
  readonly grantedBy: string;
  /** Set when the person saw that untrusted content was in the prompt: only then it holds while such content is. */
  readonly untrusted?: true;
}
