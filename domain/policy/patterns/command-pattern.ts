import { programName } from '../../commands/programs/program-names.ts';
import { matchesGlob } from './glob.ts';

/**
 * True when a pattern allows a command: word by word, each a glob over one word, in full. A last word `*` stands for
 * any number of further words; nothing else lets a command be longer than its pattern.
 */
export function allowsCommand(pattern: string, argv: readonly string[]): boolean {
  const words = pattern.trim().split(/\s+/);
  const isOpen = words.length > 1 && words.at(-1) === '*';
  const fixed = isOpen ? words.slice(0, -1) : words;
  if (isOpen ? argv.length < fixed.length : argv.length !== fixed.length) return false;
  return fixed.every((word, at) =>
    wordMatches(word, at === 0 ? knownName(argv[0] ?? '') : (argv[at] ?? '')),
  );
}

/** True when a pattern names the program it is about, instead of standing for any: `mytool *`, not `* *`. */
export function namesProgram(pattern: string): boolean {
  return !/[*?[!]/.test(pattern.trim().split(/\s+/)[0] ?? '');
}

/**
 * True when a pattern forbids a command. It errs on the strict side: the name counts wherever the program lies, words
 * of the pattern may have others between them, and options count in any order, clustered (`-fr`) or with a value.
 */
export function forbidsCommand(pattern: string, argv: readonly string[]): boolean {
  const [name = '', ...words] = pattern.trim().split(/\s+/);
  const own = argv[0] ?? '';
  const base = own.slice(own.lastIndexOf('/') + 1);
  const isNamed = [own, base, programName(base) ?? base].some((known) => wordMatches(name, known));
  if (!isNamed) return false;
  const rest = argv.slice(1);
  const options = words.filter((word) => word.startsWith('-') && word !== '-' && word !== '--');
  const operands = words.filter((word) => !options.includes(word) && word !== '*');
  return options.every((option) => hasOption(option, rest)) && isSubsequence(operands, rest);
}

function knownName(name: string): string {
  return programName(name) ?? name;
}

function wordMatches(pattern: string, word: string): boolean {
  return pattern === word || matchesGlob(pattern, word, 'text');
}

function hasOption(option: string, words: readonly string[]): boolean {
  if (words.some((word) => wordMatches(option, word) || word.startsWith(`${option}=`))) return true;
  if (!/^-[A-Za-z]+$/.test(option)) return false;
  const letters = words.filter((word) => /^-[A-Za-z]+/.test(word)).join('');
  return option
    .slice(1)
    .split('')
    .every((letter) => letters.includes(letter));
}

function isSubsequence(patterns: readonly string[], words: readonly string[]): boolean {
  let at = 0;
  for (const word of words) {
    const pattern = patterns[at];
    if (pattern !== undefined && wordMatches(pattern, word)) at += 1;
  }
  return at === patterns.length;
}
