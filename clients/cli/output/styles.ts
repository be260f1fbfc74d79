import { styleText } from 'node:util';

/** Makes text stand out; each function but the last gives the text unchanged when colour is off. */
export interface Styles {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
  /**
   * Words of our own on what to type next: commands in it that begin with `holdfast` begin with what this person types.
   * Never for words of others, which stay as they are.
   */
  readonly hint: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

/** Builds the styles of one stream. Meaning never hangs on colour alone: words say the same. */
export function createStyles(isColored: boolean, hint: Styles['hint'] = (text) => text): Styles {
  const style = (format: Format) => (text: string) =>
    isColored ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: style('bold'),
    dim: style('dim'),
    good: style('green'),
    warn: style('yellow'),
    bad: style('red'),
    accent: style('cyan'),
    hint,
  };
}

/** What decides about colour: the flag, the stream, and the environment (https://no-color.org). */
export interface ColorFacts {
  readonly isTerminal: boolean;
  readonly flag: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** True when a stream gets colour: only a terminal, not with `--no-color`, `NO_COLOR` or a dumb terminal. */
export function isColorWanted({ isTerminal, flag, environment }: ColorFacts): boolean {
  const noColor = environment['NO_COLOR'];
  if (noColor !== undefined && noColor !== '') return false;
  return isTerminal && flag && environment['TERM'] !== 'dumb';
}
