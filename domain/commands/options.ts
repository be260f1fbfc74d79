import { literalText } from './syntax.ts';
import type { Word } from './syntax.ts';

/** Which options a program takes before its operands. */
export interface OptionSpec {
  /** Letters of options without a value. */
  readonly flags?: string;
  /** Letters of options with a value. */
  readonly valued?: string;
  /** Long options without a value, separated by blanks. */
  readonly long?: string;
  /** Long options with a value, separated by blanks. */
  readonly longValued?: string;
}

/** The options of a command, up to its first operand. */
export interface ReadOptions {
  /** Option names without dashes, with their last value; the value of a flag is undefined. */
  readonly options: ReadonlyMap<string, Word | undefined>;
  /** Everything from the first operand on. */
  readonly rest: readonly Word[];
  /** Why the options are not understood; `rest` then begins at the word that is not. */
  readonly problem?: string;
}

/** Reads options the way `getopt` does with `+`: the first operand or `--` ends them. */
export function readOptions(words: readonly Word[], spec: OptionSpec): ReadOptions {
  const options = new Map<string, Word | undefined>();
  let at = 0;
  while (at < words.length) {
    const word = words[at];
    if (word === undefined) break;
    const text = literalText(word);
    if (text === undefined) {
      return {
        options,
        rest: words.slice(at),
        problem: `${word.raw} stands where an option can stand`,
      };
    }
    if (text === '--') return { options, rest: words.slice(at + 1) };
    if (!text.startsWith('-') || text === '-') return { options, rest: words.slice(at) };
    const used = text.startsWith('--')
      ? readLong(text, words[at + 1], spec, options)
      : readCluster(text, words[at + 1], spec, options);
    if (used === undefined) {
      return { options, rest: words.slice(at), problem: `the option ${text} is not known` };
    }
    at += used;
  }
  return { options, rest: words.slice(at) };
}

type Options = Map<string, Word | undefined>;

function readLong(
  text: string,
  next: Word | undefined,
  spec: OptionSpec,
  options: Options,
): number | undefined {
  const [name = '', ...value] = text.slice(2).split('=');
  if (hasName(spec.longValued, name)) {
    options.set(name, value.length > 0 ? quoted(value.join('=')) : next);
    return value.length > 0 ? 1 : 2;
  }
  if (!hasName(spec.long, name)) return undefined;
  options.set(name, value.length > 0 ? quoted(value.join('=')) : undefined);
  return 1;
}

function readCluster(
  text: string,
  next: Word | undefined,
  spec: OptionSpec,
  options: Options,
): number | undefined {
  for (let at = 1; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (spec.valued?.includes(letter) === true) {
      const attached = text.slice(at + 1);
      options.set(letter, attached === '' ? next : quoted(attached));
      return attached === '' ? 2 : 1;
    }
    if (spec.flags?.includes(letter) !== true) return undefined;
    options.set(letter, undefined);
  }
  return 1;
}

function hasName(names: string | undefined, name: string): boolean {
  return names !== undefined && names.split(' ').includes(name);
}

function quoted(text: string): Word {
  return { raw: text, parts: [{ type: 'quoted', text }] };
}
