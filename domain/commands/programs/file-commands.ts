import { absolutePaths } from '../add-write.ts';
import type { Call, Handler, Handlers } from '../call.ts';
import { noteOutputs, unpack } from './outputs.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';

/** Handlers of programs whose words are files they write. */
export const fileHandlers: Handlers = new Map<string, Handler>([
  ...['touch', 'mkdir', 'rmdir', 'truncate', 'tee', 'mkfifo', 'unlink', 'dos2unix', 'unix2dos'].map(
    (name): [string, Handler] => [name, (call) => writesAll(call, call.args)],
  ),
  ...'gunzip bunzip2 unxz gzip bzip2 xz unzstd zstd'
    .split(' ')
    .map((name): [string, Handler] => [name, compresses]),
  ...['chmod', 'chown', 'chgrp'].map((name): [string, Handler] => [name, changesMode]),
  ...['cp', 'mv', 'ln', 'install', 'link'].map((name): [string, Handler] => [name, copies]),
  ['rm', removes],
  ['dd', dumps],
  ['unzip', extracts],
  ...'7z 7za 7zr 7zz'.split(' ').map((name): [string, Handler] => [name, unpacks7z]),
  ...'unrar unar unace lha arj cabextract dtrx patool pax bsdcpio'
    .split(' ')
    .map((name): [string, Handler] => [name, (call) => unpackAll(call)]),
  ['jar', jar],
  ['sponge', (call) => writesAll(call, call.args)],
  ['shred', (call) => writesAll(call, call.args)],
]);

function operandsOf(words: readonly Word[]): Word[] {
  const end = words.findIndex((word) => word.raw === '--');
  const before = end < 0 ? words : words.slice(0, end);
  const after = end < 0 ? [] : words.slice(end + 1);
  return [...before.filter((word) => !displayText(word).startsWith('-')), ...after];
}

function writesAll(call: Call, words: readonly Word[]): void {
  for (const word of operandsOf(words)) call.writes(word);
}

/** What is packed and unpacked gets the name without its last ending, or with another one. */
function compresses(call: Call): void {
  noteOutputs(call);
  for (const word of operandsOf(call.args)) {
    call.writes(word);
    const text = literalText(word);
    const [, base, ending] = /^(.+)\.(\w+)$/.exec(text ?? '') ?? [];
    if (base !== undefined) call.writes(ending === 'tgz' ? `${base}.tar` : base);
  }
}

/** Archives put files under names that nobody knows into the folder they are unpacked in. */
function unpackAll(call: Call): void {
  for (const word of operandsOf(call.args)) call.writes(word);
  unpack(call);
}

function unpacks7z(call: Call): void {
  const [command = ''] = call.args.map(displayText);
  if (/^[lt]$/.test(command)) return;
  const folder = call.args
    .map(displayText)
    .find((text) => /^-o./.test(text))
    ?.slice(2);
  for (const word of operandsOf(call.args).slice(1)) call.writes(word);
  unpack(call, folder ?? '.');
}

function jar(call: Call): void {
  const texts = call.args.map(displayText);
  if (texts.some((text) => text.startsWith('@') || text.startsWith('-J')))
    call.unresolved('jar takes options from a file');
  const isCluster = (letters: RegExp): boolean =>
    letters.test(texts[0] ?? '') ||
    texts.some((text) => text.startsWith('-') && letters.test(text));
  if (isCluster(/^-{0,2}(?:[a-z]*t[a-z]*$|list)/) && !isCluster(/^-{0,2}[a-z]*[xcu]/)) return;
  for (const word of operandsOf(call.args).slice(1, 2)) call.writes(word);
  unpack(call);
}

function changesMode(call: Call): void {
  const operands = operandsOf(call.args);
  for (const word of operands.slice(1)) call.writes(word);
  const mode = operands[0] === undefined ? undefined : literalText(operands[0]);
  if (/[ugoa]*[+=][rwx]*s|^[2467]\d{3}$/.test(mode ?? ''))
    call.unresolved(`${call.name} ${mode} lets a program run as somebody else`);
}

function copies(call: Call): void {
  const texts = call.args.map(displayText);
  const at = texts.findIndex((text) => /^(?:-t|--target-directory)$/.test(text));
  const attached = texts
    .map((text) => /^(?:-t|--target-directory=)(.+)$/.exec(text)?.[1])
    .find((text) => text !== undefined);
  const target = at < 0 ? undefined : call.args[at + 1];
  const operands = operandsOf(call.args).filter((word) => word !== target);
  const known =
    target ??
    (attached === undefined
      ? undefined
      : { raw: attached, parts: [{ type: 'quoted' as const, text: attached }] });
  const destination = known ?? operands.at(-1);
  const sources = known === undefined ? operands.slice(0, -1) : operands;
  for (const word of sources) {
    call.reads(word);
    if (call.name === 'mv') call.writes(word);
  }
  if (destination !== undefined) call.writes(destination);
  for (const path of destination === undefined ? [] : absolutePaths(destination, call.place)) {
    const isWhole =
      call.name !== 'cp' ||
      texts.some((text) => /^-[A-Za-z]*[rRa]|^--(?:recursive|archive)/.test(text));
    if (isWhole) call.files.writeTree(path, 'copy');
    for (const source of sources) call.files.write(`${path}/${baseName(displayText(source))}`);
  }
  if (call.name === 'ln') linksTo(call, sources, destination);
  if (
    call.name === 'install' &&
    texts.some((text) => /^(?:-[A-Za-z]*s|--strip-program)/.test(text))
  ) {
    call.unresolved('install runs a program to strip files');
  }
}

function baseName(path: string): string {
  return path.replace(/\/+$/, '').replace(/^.*\//, '');
}

/** What is reached by a link is reached under another name: a link to a folder is not followed. */
function linksTo(call: Call, sources: readonly Word[], destination: Word | undefined): void {
  const paths = [...sources, ...(destination === undefined ? [] : [destination])].map(literalText);
  for (const path of paths.slice(0, Math.max(1, paths.length - 1))) {
    if (path === undefined || /^(?:\/|~|\.\.(?:\/|$))|(?:^|\/)\.git(?:\/|$)|^\.$/.test(path))
      call.unresolved(`ln: what ${path ?? 'it'} holds gets another name`);
  }
}

function removes(call: Call): void {
  const texts = call.args.map(displayText);
  const isRecursive = texts.some((text) =>
    /^-[a-zA-Z]*[rR]|^--recursive$|^--no-preserve-root$/.test(text),
  );
  if (isRecursive) call.destroys();
  writesAll(call, call.args);
}

function dumps(call: Call): void {
  for (const word of call.args) {
    const text = displayText(word);
    const value = literalText(word)?.slice(3);
    if (text.startsWith('if=')) call.reads(value ?? word);
    if (text.startsWith('of=')) call.writes(value ?? word);
    if (/^of=\/dev\/(?!null$|stdout$|stderr$)/.test(text)) call.destroys();
  }
}

function extracts(call: Call): void {
  const texts = call.args.map(displayText);
  // Behind the archive stand names of members, and behind -x those that are left out: neither is an option.
  const end = texts.findIndex((text) => !text.startsWith('-'));
  if (texts.slice(0, Math.max(0, end)).some((text) => /^-[^PdxOI]*[ltpzZ]/.test(text))) return;
  const at = texts.findLastIndex((text) => /^-[a-zA-Z]*d$/.test(text));
  const attached = texts.find((text) => /^-d./.test(text))?.slice(2);
  unpack(call, attached ?? (at < 0 ? '.' : (call.args[at + 1] ?? '.')));
}
