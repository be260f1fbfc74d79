import type { Call, Handler, Handlers } from '../call.ts';
import { optionEffects } from './runners/code-options.ts';
import { readOptions } from '../options.ts';
import { networkPrograms } from './program-names.ts';
import { displayText, literalText, quotedWord } from '../syntax.ts';
import type { Word } from '../syntax.ts';
import { runJoined } from './runners/wrappers.ts';

/** Handlers of programs that talk to other machines. */
export const networkHandlers: Handlers = new Map<string, Handler>([
  ...[...networkPrograms].map((name): [string, Handler] => [name, opened]),
  ['ssh', ssh],
  ['autossh', ssh],
  ['scp', copied],
  ['rsync', rsync],
  ['curl', fetched],
  ['wget', fetched],
  ['nc', connected],
  ['ncat', connected],
]);

function opened(call: Call): void {
  call.unresolved(`${call.name} opens connections that are not followed`);
  for (const word of call.args) hostOf(call, word);
  call.runNotable(call.args, call.name);
  for (const word of call.args) call.reads(word);
}

/** Notes the host of `user@host:path`, `host:path` and addresses. */
function hostOf(call: Call, word: Word): void {
  const text = literalText(word);
  if (text === undefined || text.startsWith('-')) return;
  const host = /^(?:[^@/\s]+@)?([A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:]+\])(?=:|$)/.exec(text)?.[1];
  if (host !== undefined && (text.includes(':') || text.includes('@'))) call.talksTo(host);
}

function ssh(call: Call): void {
  const { options, rest, problem } = readOptions(call.args, {
    flags: '46AaCfGgKkMNnqsTtVvXxYy',
    valued: 'BbcDEeFIiJLlmOoPpQRSWw',
  });
  const refused = ['o', 'F', 'J', 'L', 'R', 'D', 'w', 'W', 'S', 'I', 'A', 'X', 'Y', 'E'].find(
    (name) => options.has(name),
  );
  if (refused !== undefined || problem !== undefined)
    call.unresolved(`ssh: ${problem ?? `-${refused} can run or open more`}`);
  const setting = literalText(options.get('o') ?? { raw: '', parts: [] });
  const command = /^\w*(?:Command|Program)\w*[=\s]+(.+)$/is.exec(setting ?? '')?.[1];
  if (command !== undefined)
    call.runText({ raw: command, parts: [{ type: 'quoted', text: command }] }, 'ssh -o');
  const [host, ...words] = rest;
  const name = host === undefined ? undefined : literalText(host);
  if (name === undefined) call.unresolved('ssh: the host is not known');
  else call.talksTo(name.replace(/^ssh:\/\//, '').replace(/^[^@]*@/, ''));
  if (words.length === 0) call.unresolved('ssh opens a shell on another machine');
  else call.unresolved('ssh runs its command on another machine');
  runJoined(call, words, 'ssh');
}

function copied(call: Call): void {
  for (const word of call.args) hostOf(call, word);
  optionReasons(call);
  lastIsWritten(call);
}

function rsync(call: Call): void {
  const texts = call.args.map(displayText);
  if (
    texts.some((text) =>
      /^-[A-Za-z0-9]*e|^--(?:rs|rsy|rem|daemon|conf|files-from|filter)/.test(text),
    )
  ) {
    call.unresolved('rsync runs a program that an option names');
  }
  for (const [at, text] of texts.entries()) {
    const value = /^(?:-[A-Za-z]*e|--rsh)=?(.*)$/s.exec(text)?.[1];
    const command = value === '' ? call.args[at + 1] : undefined;
    if (command !== undefined) call.runText(command, 'rsync -e');
    else if (value !== undefined && value !== '')
      call.runText({ raw: value, parts: [{ type: 'quoted', text: value }] }, 'rsync -e');
  }
  const remote = call.args.find((word) => isRemote(displayText(word)));
  if (remote !== undefined) overNetwork(call, displayText(remote));
  if (texts.some((text) => /^--(?:del|remove-source)/.test(text))) call.destroys();
  for (const word of call.args) hostOf(call, word);
  lastIsWritten(call);
}

function isRemote(text: string): boolean {
  return /^(?!-)(?:[^/]*:|rsync:\/\/)/.test(text);
}

/** rsync starts ssh, unless it talks to a server of its own kind. */
function overNetwork(call: Call, text: string): void {
  call.unresolved('rsync talks to another machine');
  const host = /^(?:[^@/]*@)?([^/:]+):(?!:)/.exec(text)?.[1];
  if (host !== undefined && !text.startsWith('rsync://'))
    call.run([quotedWord('ssh'), quotedWord(host), quotedWord('rsync')], 'rsync');
}

function lastIsWritten(call: Call): void {
  const operands = call.args.filter((word) => !displayText(word).startsWith('-'));
  for (const word of operands.slice(0, -1)) call.reads(word);
  const last = operands.at(-1);
  if (last !== undefined) call.writes(last);
}

function optionReasons(call: Call): void {
  const effects = optionEffects(call.name, call.args);
  if (effects.code !== undefined)
    call.unresolved(`${call.name} ${effects.code} can run code or take options from a file`);
  for (const word of effects.writes) call.writes(word);
}

function fetched(call: Call): void {
  optionReasons(call);
  for (const [at, word] of call.args.entries()) {
    call.reads(word);
    const text = displayText(word);
    const previous = displayText(call.args[at - 1] ?? { raw: '', parts: [] });
    if (literalText(word) === undefined) call.unresolved(`${call.name}: ${word.raw} is not known`);
    if (!text.startsWith('-') && !previous.startsWith('-') && !text.includes('://')) {
      const host = /^([\w-]+(?:\.[\w-]+)+|localhost)(:\d+)?(?:[/?#]|$)/.exec(text);
      if (host !== null) call.talksTo(`${host[1]}${host[2] ?? ''}`);
    }
    if (/^(?:-O|--remote-name.*)$/.test(text) && call.name === 'curl') call.writes('.');
  }
  if (call.name === 'wget' && !call.args.some((word) => /^-[a-zA-Z]*O/.test(displayText(word))))
    call.writes('.');
}

function connected(call: Call): void {
  optionReasons(call);
  const operands = call.args.filter((word) => !displayText(word).startsWith('-'));
  const host = operands[0] === undefined ? undefined : literalText(operands[0]);
  if (host !== undefined && !/^\d+$/.test(host)) call.talksTo(host);
  call.runNotable(call.args, call.name);
}
