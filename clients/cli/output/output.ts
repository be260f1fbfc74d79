import type { OutputFlags, TerminalFacts, TextWriter } from '../command-context.ts';
import { programName, withProgramName } from './program-name.ts';
import { createStyles, isColorWanted, type Styles } from './styles.ts';

/** Version of every JSON document that a command prints. */
const outputSchemaVersion = 1;

/** How commands speak: data to standard output, talk to standard error. */
export interface Output {
  /**
   * Gives the result of the command: with `--json` the document, with `schemaVersion` first, else the text. A command
   * calls it once.
   */
  readonly result: (document: object, text: (styles: Styles) => string) => void;
  /** Tells the person what goes on; silent with `--quiet`. */
  readonly talk: (line: string) => void;
  /** As `talk`, for words of our own on what to type next, in which commands begin with `holdfast`. */
  readonly hint: (line: string) => void;
  /** Tells what only matters when something is wrong; only with `--verbose`. */
  readonly detail: (line: string) => void;
  /** Styles for standard error. */
  readonly talkStyles: () => Styles;
  /** Styles for standard output. */
  readonly dataStyles: () => Styles;
  /** Columns to draw for: the terminal's, or none to speak of when standard output is no terminal. */
  readonly width: () => number;
}

/** What output is built from. */
export interface OutputDependencies {
  readonly stdout: TextWriter;
  readonly stderr: TextWriter;
  readonly flags: () => OutputFlags;
  readonly terminal: TerminalFacts;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A file or pipe gets whole texts: nothing is cut there. */
const unlimitedWidth = 10_000;

/** Builds the output of one invocation. */
export function createOutput({
  stdout,
  stderr,
  flags,
  terminal,
  environment,
}: OutputDependencies): Output {
  const name = programName(environment);
  const hint = (text: string): string => withProgramName(text, name);
  const styles = (isTerminal: boolean) => () =>
    createStyles(isColorWanted({ isTerminal, flag: flags().color, environment }), hint);
  const dataStyles = styles(terminal.stdout);
  const talkStyles = styles(terminal.stderr);
  const talk = (line: string): void => {
    if (!flags().quiet) stderr.write(`${line}\n`);
  };
  return {
    result: (document, text) => {
      stdout.write(flags().json ? jsonDocument(document) : text(dataStyles()));
    },
    talk,
    hint: (line) => talk(hint(line)),
    detail: (line) => {
      if (flags().verbose) stderr.write(`${talkStyles().dim(line)}\n`);
    },
    talkStyles,
    dataStyles,
    width: () => (terminal.stdout ? terminal.columns : unlimitedWidth),
  };
}

/** One JSON document with its schema version, ended by a line break. */
export function jsonDocument(document: object): string {
  return `${JSON.stringify({ schemaVersion: outputSchemaVersion, ...document }, null, 2)}\n`;
}

/** One JSON document on one line: what commands print that go on. */
export function jsonLine(document: object): string {
  return `${JSON.stringify({ schemaVersion: outputSchemaVersion, ...document })}\n`;
}
