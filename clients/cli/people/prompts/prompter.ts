import type { CommandContext } from '../../command-context.ts';

/** One answer of a question with choices. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

/** Asks a person at the terminal. Each answer is undefined when the person pressed Ctrl-C or Escape, or the signal came. */
export interface Prompter {
  readonly select: <Value extends string>(question: {
    readonly message: string;
    readonly choices: readonly Choice<Value>[];
    readonly signal?: AbortSignal | undefined;
  }) => Promise<Value | undefined>;
  /** A line that is not blank; without `isRequired` it may be. */
  readonly text: (question: TextQuestion) => Promise<string | undefined>;
  /** A line that is not shown while it is typed. */
  readonly hidden: (question: {
    readonly message: string;
    readonly check: (text: string) => string | undefined;
  }) => Promise<string | undefined>;
  readonly confirm: (question: {
    readonly message: string;
    readonly signal?: AbortSignal | undefined;
  }) => Promise<boolean | undefined>;
  /** Opens the person's editor on a text; undefined when it was left unchanged or the editor failed. */
  readonly edit: (text: string, fileName: string) => Promise<string | undefined>;
}

export interface TextQuestion {
  readonly message: string;
  readonly placeholder?: string;
  readonly initial?: string;
  readonly isRequired: boolean;
  /** What is wrong with a text, or undefined. */
  readonly check?: (text: string) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True when a person sits at both ends: nothing is ever asked in a pipe, nor with `--json`. */
export function canPrompt({ terminal, flags }: CommandContext): boolean {
  return terminal.stdin && terminal.stdout && !flags().json;
}
