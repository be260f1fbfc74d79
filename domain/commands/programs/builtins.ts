import type { Call, Handler, Handlers } from '../call.ts';
import { readOptions } from '../options.ts';
import { absolutePath, maxFolders } from '../place.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';
import { runJoined } from './runners/wrappers.ts';

/** Handlers of commands that are part of the shell itself. */
export const builtinHandlers: Handlers = new Map<string, Handler>([
  ['eval', (call) => runJoined(call, withoutDashes(call.args), 'eval')],
  ['exec', (call) => prefix(call, { flags: 'cl', valued: 'a' })],
  ['builtin', (call) => prefix(call, {})],
  ['noglob', (call) => prefix(call, {})],
  ['nocorrect', (call) => prefix(call, {})],
  ['command', command],
  ['trap', trap],
  ['source', source],
  ['.', source],
  ['alias', alias],
  ['cd', changeFolder],
  ['chdir', changeFolder],
  ['pushd', (call) => call.unresolved('pushd changes the folder in a way that is not followed')],
  ['popd', (call) => call.unresolved('popd changes the folder in a way that is not followed')],
  ['export', declaration],
  ['declare', declaration],
  ['typeset', declaration],
  ['local', declaration],
  ['readonly', declaration],
  ['let', (call) => call.unresolved('let evaluates its words as arithmetic')],
  ['set', settings],
  ['shopt', (call) => call.unresolved('shopt changes how the shell reads what follows')],
  ['enable', (call) => call.unresolved('enable changes what names mean')],
  ['hash', (call) => withOption(call, /^-[a-z]*[pt]/, 'hash -p changes what a name means')],
  ['complete', (call) => call.unresolved('complete can run commands')],
  ['compgen', (call) => call.unresolved('compgen can run commands')],
  ['bind', (call) => call.unresolved('bind can run commands')],
  ['fc', (call) => call.unresolved('fc runs commands again')],
  ['history', (call) => withOption(call, /^-/, 'history changes files')],
  ['read', variables],
  ['getopts', variables],
  ['mapfile', mapfile],
  ['readarray', mapfile],
  [
    'printf',
    (call) => withOption(call, /^-v/, 'printf -v can evaluate its variable as arithmetic'),
  ],
  ['unset', variables],
  [
    'wait',
    (call) => withOption(call, /^-[a-z]*p/, 'wait -p can evaluate its variable as arithmetic'),
  ],
  ['test', test],
  ['[', test],
]);

function withoutDashes(words: readonly Word[]): readonly Word[] {
  return words[0]?.raw === '--' ? words.slice(1) : words;
}

function prefix(call: Call, spec: { readonly flags?: string; readonly valued?: string }): void {
  const { rest, problem } = readOptions(call.args, spec);
  if (problem === undefined) return call.run(rest, call.name);
  call.unresolved(`${call.name}: ${problem}`);
  call.runNotable(rest, call.name);
}

function command(call: Call): void {
  const { options, rest, problem } = readOptions(call.args, { flags: 'pvV' });
  if (problem !== undefined) return prefix(call, {});
  if (options.has('v') || options.has('V')) return;
  call.run(rest, 'command');
}

function trap(call: Call): void {
  const [text, ...signals] = withoutDashes(call.args);
  if (text === undefined || signals.length === 0 || /^-[lp]?$/.test(text.raw)) return;
  call.runText(text, 'trap');
}

function source(call: Call): void {
  const [file] = withoutDashes(call.args);
  if (file === undefined) return;
  call.reads(file);
  const name = literalText(file);
  call.unresolved(`${call.name} runs ${name ?? file.raw} inside this shell`);
  if (name === undefined) return;
  for (const folder of call.place.folders) {
    const path = absolutePath(folder, name);
    call.files.runFile(path);
    const text = call.files.isWritten(path) ? undefined : call.readFile(path);
    if (text !== undefined)
      call.runText({ raw: text, parts: [{ type: 'quoted', text }] }, `source ${name}`);
  }
}

function alias(call: Call): void {
  if (call.args.every((word) => !word.raw.includes('='))) return;
  call.unresolved('alias changes what names mean');
  for (const word of call.args) {
    const text = literalText(word);
    const value = text?.slice(text.indexOf('=') + 1);
    if (value !== undefined && text?.includes('=') === true) {
      call.runText({ raw: value, parts: [{ type: 'quoted', text: value }] }, 'alias');
    }
  }
}

function changeFolder(call: Call): void {
  const words = withoutDashes(call.args.filter((word) => !/^-[LPe@]+$/.test(word.raw)));
  const text = words[0] === undefined ? undefined : literalText(words[0]);
  if (words.length !== 1 || text === undefined || text === '-' || text === '') {
    return call.unresolved('cd goes to a folder that is not known');
  }
  const folders = [...new Set(call.place.folders.map((folder) => absolutePath(folder, text)))];
  if (folders.length > maxFolders)
    return call.unresolved('the folder is changed too often to be followed');
  call.moveTo(folders);
}

function declaration(call: Call): void {
  const flags = call.args.map(displayText).filter((text) => /^[-+]/.test(text));
  const isPassedOn = call.name === 'export' || flags.some((text) => /^-[A-Za-z]*x/.test(text));
  for (const flag of flags) {
    if (!/^[-+][aAfFgIlrtux]+$/.test(flag) || /[iIn]/.test(flag))
      call.unresolved(`${call.name} ${flag} can evaluate what follows`);
  }
  for (const word of call.args) {
    const display = displayText(word);
    if (/^[-+]/.test(display)) continue;
    if (literalText(word) === undefined && !/^\w+\+?=/.test(word.raw)) {
      call.unresolved(`${call.name}: the name of a variable is not known`);
    }
    const [, name = '', subscript, added, value] =
      /^(\w*)(\[.*?\])?(\+?)(?:=(.*))?$/s.exec(display) ?? [];
    if (subscript !== undefined) call.unresolved(`${call.name} can evaluate a subscript`);
    const isKnown = literalText(word) !== undefined && added === '';
    const isName = value === undefined;
    // A name alone changes nothing, but passes on what the shell kept to itself.
    if (isPassedOn && !flags.some((text) => /^-[A-Za-z]*f/.test(text)))
      call.sets(name, isKnown ? value : undefined, 'programs');
    else if (!isName) call.sets(name, isKnown ? value : undefined, 'shell');
  }
}

function settings(call: Call): void {
  for (const [at, word] of call.args.entries()) {
    if (literalText(word) === undefined) return call.unresolved('set: an option is not known');
    const isNamed = /^[-+][A-Za-z]*o$/.test(call.args[at - 1]?.raw ?? '');
    if (isNamed && !/^(?:pipefail|errexit|nounset|xtrace|noglob|noclobber|verbose)$/.test(word.raw))
      call.unresolved(`set -o ${word.raw} changes how the shell reads what follows`);
    if (/^[-+][A-Za-z]*[nkaftmPT]/.test(word.raw))
      call.unresolved(`set ${word.raw} changes how the shell reads what follows`);
  }
}

function withOption(call: Call, option: RegExp, reason: string): void {
  const isUsed = call.args.some(
    (word) => option.test(displayText(word)) || word.raw.startsWith('$'),
  );
  if (isUsed) call.unresolved(reason);
}

function variables(call: Call): void {
  if (call.name === 'unset' && call.args.some((word) => /^-[a-z]*f/.test(displayText(word))))
    call.unresolved('unset -f takes functions away, so that programs of their names run');
  for (const word of call.args) {
    const text = literalText(word);
    if (text === undefined || text.includes('['))
      call.unresolved(`${call.name} can evaluate a subscript`);
    if (text !== undefined && /^[A-Za-z_]\w*$/.test(text)) call.sets(text, undefined, 'shell');
  }
}

function mapfile(call: Call): void {
  withOption(call, /^-[a-z]*C/, `${call.name} -C runs a command`);
  variables(call);
}

/** `test -v 'a[…]'` evaluates the subscript. */
function test(call: Call): void {
  const texts = call.args.map(literalText);
  const at = texts.findIndex((text) => text === '-v' || text === '-R');
  const operand = texts[at + 1];
  if (at >= 0 && (operand === undefined || operand.includes('['))) {
    call.unresolved(`${call.name} -v can evaluate a subscript`);
  }
  for (const [index, word] of call.args.entries()) {
    if (/^-[a-hkprsuwxLNOSG]$/.test(texts[index - 1] ?? '')) call.reads(word);
  }
}
