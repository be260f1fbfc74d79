import { absolutePaths } from '../add-write.ts';
import type { Call, Handler, Handlers } from '../call.ts';
import { displayText, literalText } from '../syntax.ts';
import type { Word } from '../syntax.ts';

/** Handlers of programs whose words are files they write. */
export const fileHandlers: Handlers = new Map<string, Handler>([
  ...[
    'touch',
    'mkdir',
    'rmdir',
    'truncate',
    'tee',
    'mkfifo',
    'unlink',
    'gunzip',
    'bunzip2',
    'unxz',
    'gzip',
    'bzip2',
    'xz',
    'unzstd',
    'dos2unix',
    'unix2dos',
  ].map((name): [string, Handler] => [name, (call) => writesAll(call, call.args)]),
  ...['chmod', 'chown', 'chgrp'].map((name): [string, Handler] => [name, changesMode]),
  ...['cp', 'mv', 'ln', 'install', 'link'].map((name): [string, Handler] => [name, copies]),
  ['rm', removes],
  ['dd', dumps],
  ['unzip', extracts],
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
  if (texts.some((text) => /^-[a-zA-Z]*[ltpz]/.test(text))) return;
  const at = texts.findIndex((text) => text === '-d');
  const folder = at < 0 ? '.' : (call.args[at + 1] ?? '.');
  call.writes(folder);
  for (const path of absolutePaths(folder, call.place)) call.files.writeTree(path, 'archive');
}
