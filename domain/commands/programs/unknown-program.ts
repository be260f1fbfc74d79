import type { Call } from '../call.ts';
import { interpreterName } from './runners/interpreters.ts';
import {
  destructivePrograms,
  isNotable,
  names,
  neverFollowed,
  networkPrograms,
  programName,
  shells,
} from './program-names.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';

/** Names of programs that are subcommands of many others. */
const commonSubcommand = names(
  `test install build format diff watch file link sort which date tag check status list show log find make kill cat ls
  touch env mount service passwd init open host mail task port context at act see run logger rename snap start stop`,
);

/**
 * Looks at the words of a program that is not known, which may run them: names that stand out are listed as commands
 * and make it unresolved even where a rule names the program. Without such names only a rule or a person can allow it.
 */
export function unknownProgram(call: Call): void {
  const words = call.args.filter((word, at) => at > 0 || !commonSubcommand.has(displayText(word)));
  const texts = words.map((word) => literalText(word) ?? displayText(word));
  const carriesCommand = texts.flatMap(partsOf).some(isProgram);
  const takesCommand = texts.some((text) =>
    /^(?:-c|-e|-x|-exec|--exec|--eval|--command|--cmd|--run|--shell|--execute|exec|shell|eval)(?:=|$)/.test(
      text,
    ),
  );
  if (!carriesCommand && !takesCommand) return;
  call.unresolved(`${call.name} is not known and may run its words`);
  call.runNotable(call.args, call.name);
  for (const word of words) runIfCommand(call, word);
}

/** True for the name of a program that starts others, destroys, or reaches other machines. */
function isProgram(text: string): boolean {
  const base = /\/([^/]+)$/.exec(text)?.[1] ?? text;
  const name = programName(base) ?? base;
  return (
    isNotable(text) ||
    shells.has(name) ||
    destructivePrograms.has(name) ||
    networkPrograms.has(name) ||
    neverFollowed.has(name) ||
    interpreterName(name) !== undefined
  );
}

/** The names that a word may hand on: itself, its first word, and what follows `=` or a short option. */
function partsOf(text: string): string[] {
  const value = text.slice(text.indexOf('=') + 1);
  const attached = /^-[A-Za-z](.+)$/.exec(text)?.[1] ?? '';
  return [text, value, attached].flatMap((part) => [part, part.split(/[\s;|&]+/)[0] ?? '']);
}

/** A word that is itself a command line of a program that stands out. */
export function runIfCommand(call: Call, word: Word): void {
  const text = literalText(word);
  if (text === undefined) return;
  const value = /^--?[\w-]+=(.+)$/s.exec(text)?.[1] ?? text;
  const hasCommand = value.split(/[\s;|&(){}!"'`$]+/).some((part) => isNotable(part));
  if (hasCommand && /[\s;|&$]/.test(value))
    call.runText(
      { raw: value, parts: [{ type: 'quoted', text: value.replace(/^!/, '') }] },
      call.name,
    );
}
