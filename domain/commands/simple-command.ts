/**
 * One simple command after every wrapper around it was resolved. A shell text has one of these for each command that
 * would run, the wrappers themselves included (`sudo`, `env`, `xargs`, …), in the order of the text.
 */
export interface SimpleCommand {
  /** Words after quote removal; the first is the command's name as written (a path stays a path). */
  readonly argv: readonly string[];
  /** Variables set for this command alone, `NAME=value`, sorted by name. */
  readonly assignments: readonly string[];
  /** Names of what this command is wrapped in, outermost first: `['env', 'timeout', 'sh -c']`. May be empty. */
  readonly via: readonly string[];
  /** True when a word still holds something the shell would expand, so that its text is not what runs. */
  readonly expands?: true;
  /** True when a script of the repository runs it (`npm test`, `make lint`): the runner beside it is judged by name. */
  readonly contained?: true;
  /** True when nothing is known of the program: it may run its words, so only a rule that names it allows it. */
  readonly unknown?: true;
}
