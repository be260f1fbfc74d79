import type { Call, Handler, Handlers } from '../../call.ts';
import { absolutePath } from '../../place.ts';
import { shells } from '../program-names.ts';
import { literalText, quotedWord } from '../../syntax.ts';
import type { Word } from '../../syntax.ts';

/** Handlers of shells: `-c` texts, script files and texts that come by standard input. */
export const shellHandlers: Handlers = new Map<string, Handler>(
  [...shells].map((name) => [name, shell]),
);

/** Shells that read a text the way it is read here; others take some words for something else. */
const posixLike: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash']);

function shell(call: Call): void {
  const { text, file, problem } = shellArguments(call);
  if (problem !== undefined) {
    call.unresolved(`${call.name}: ${problem}`);
    call.runNotable(call.args, call.name);
    for (const word of call.args) runIfText(call, word);
    return;
  }
  if (!posixLike.has(call.name)) call.unresolved(`${call.name} has a language of its own`);
  if (text !== undefined) return call.runText(text, `${call.name} -c`);
  if (file !== undefined) return scriptFile(call, file);
  fromInput(call);
}

/** Words of a shell with an option that is not known may still be its text. */
function runIfText(call: Call, word: Word): void {
  const text = literalText(word);
  if (text !== undefined && /\s/.test(text)) call.runText(word, `${call.name} -c`);
}

interface ShellArguments {
  readonly text?: Word | undefined;
  readonly file?: Word | undefined;
  readonly problem?: string;
}

function shellArguments(call: Call): ShellArguments {
  let wantsText = false;
  let at = 0;
  for (; at < call.args.length; at += 1) {
    const word = call.args[at];
    const option = word === undefined ? undefined : literalText(word);
    if (option === undefined) return { problem: 'an option is not known' };
    if (option === '--' || option === '-') {
      at += 1;
      break;
    }
    if (!/^[-+]/.test(option)) break;
    if (/^--(?:norc|noprofile|posix|login|restricted|verbose)$/.test(option)) continue;
    if (/^[-+]o$|^-[a-z]*o$/.test(option)) {
      if (option.includes('c')) wantsText = true;
      if (
        !/^(?:pipefail|errexit|nounset|xtrace)$/.test(
          literalText(call.args[at + 1] ?? quotedWord('')) ?? '',
        )
      ) {
        return { problem: 'an option is not known' };
      }
      at += 1;
      continue;
    }
    if (!/^[-+][aceflnpuvxlis]+$/.test(option))
      return { problem: `the option ${option} is not known` };
    if (/[is]/.test(option)) return { problem: `${option} reads commands from input` };
    if (option.includes('c')) wantsText = true;
  }
  const operand = call.args[at];
  if (wantsText)
    return operand === undefined ? { problem: '-c without a text' } : { text: operand };
  return { file: operand };
}

function scriptFile(call: Call, file: Word): void {
  const name = literalText(file);
  if (name === undefined) return call.unresolved(`${call.name}: the script is not known`);
  call.reads(file);
  const paths = call.place.folders.map((folder) => absolutePath(folder, name));
  for (const path of paths) {
    call.files.runFile(path);
    const text = call.files.isWritten(path) ? undefined : call.readFile(path);
    if (text === undefined) call.unresolved(`${call.name}: the script ${name} cannot be read`);
    else call.runText(quotedWord(text), `${call.name} ${name}`);
  }
}

function fromInput(call: Call): void {
  const input = call.place.input;
  if (input === undefined) return call.unresolved(`${call.name} reads commands from its input`);
  call.runText(input, `${call.name} <`);
}
