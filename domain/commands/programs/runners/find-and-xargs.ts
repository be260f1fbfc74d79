import type { Call, Handler, Handlers } from '../../call.ts';
import { readOptions } from '../../options.ts';
import { literalText } from '../../syntax.ts';
import type { Word } from '../../syntax.ts';
import { runJoined } from './wrappers.ts';

/** Handlers of programs that run a command for each thing they find. */
export const forEachHandlers: Handlers = new Map<string, Handler>([
  ['find', find],
  ['xargs', xargs],
  ['parallel', parallel],
  ['run-parts', (call) => call.unresolved('run-parts runs every file of a folder')],
]);

const tests = new Set(
  `-name -iname -path -ipath -wholename -regex -iregex -lname -type -xtype -size -mtime -mmin -atime -amin -ctime -cmin
  -newer -anewer -cnewer -maxdepth -mindepth -perm -user -group -uid -gid -links -inum -samefile -fstype -used -regextype
  -printf`.split(/\s+/),
);
const plain = new Set(
  `-print -print0 -ls -prune -quit -not ! -a -and -o -or -true -false -empty -depth -d -xdev -mount -follow -H -L -P
  -readable -writable -executable -nouser -nogroup -daystart -noleaf -ignore_readdir_race -warn -nowarn ( ) ,`.split(
    /\s+/,
  ),
);

function find(call: Call): void {
  const roots: Word[] = [];
  let inRoots = true;
  for (let at = 0; at < call.args.length; at += 1) {
    const word = call.args[at];
    const text = word === undefined ? undefined : literalText(word);
    if (word === undefined) return;
    if (text === undefined && inRoots && isPathLike(word)) roots.push(word);
    else if (text === undefined) call.unresolved(`find: ${word.raw} is not known`);
    else if (inRoots && !/^[-!(,)]/.test(text)) roots.push(word);
    else if (/^-(?:exec|execdir|ok|okdir)$/.test(text)) at = executed(call, at);
    else if (text === '-delete') deleted(call, roots);
    else if (/^-(?:fprint|fprint0|fls)$/.test(text)) at = written(call, at, 1);
    else if (text === '-fprintf') at = written(call, at, 2);
    else if (tests.has(text)) at += 1;
    else if (!plain.has(text) && !/^-(?:O[0-3]|newer..)$/.test(text))
      call.unresolved(`find: ${text} is not known`);
    else if (/^-newer..$/.test(text)) at += 1;
    inRoots = inRoots && (text === undefined || !/^[-!(,)]/.test(text) || /^-[HLP]$/.test(text));
  }
  for (const root of roots) call.reads(root);
}

/** A word that begins with characters that are known, or is a pattern of file names: it cannot be an option. */
function isPathLike(word: Word): boolean {
  const [first] = word.parts;
  if (first?.type === 'glob') return first.text !== '{}' && !first.text.startsWith('{');
  if (first?.type === 'tilde') return true;
  return (first?.type === 'literal' || first?.type === 'quoted') && /^[^-]/.test(first.text);
}

function written(call: Call, at: number, length: number): number {
  const file = call.args[at + 1];
  if (file !== undefined) call.writes(file);
  return at + length;
}

function deleted(call: Call, roots: readonly Word[]): void {
  call.destroys();
  if (roots.length === 0) call.writes('.');
  for (const root of roots) call.writes(root);
}

function executed(call: Call, at: number): number {
  const option = literalText(call.args[at] ?? { raw: '', parts: [] }) ?? '';
  const texts = call.args.map(literalText);
  const end = texts.findIndex(
    (text, index) => index > at && (text === ';' || (text === '+' && texts[index - 1] === '{}')),
  );
  const stop = end < 0 ? call.args.length : end;
  const words = call.args.slice(at + 1, stop);
  if (words.length === 0 || end < 0) call.unresolved(`find ${option}: its command has no end`);
  runWithNames(call, words, `find ${option}`, {
    mark: '{}',
    names: foundNames(call.args.slice(0, at)),
  });
  return stop;
}

/** The glob of the names that `find` gives: the one `-name` it has, or anything. */
export function foundNames(words: readonly Word[]): Word {
  const texts = words.map((word) => literalText(word));
  const at = texts.indexOf('-name');
  const name = at < 0 ? undefined : texts[at + 1];
  const isOnly =
    name !== undefined &&
    !texts.some(
      (text, index) =>
        index !== at && /^-(?:i?name|o|or|not|path|wholename)$|^[!(,]$/.test(text ?? '$'),
    );
  const text = isOnly ? `**/${name}` : '{}';
  return { raw: '{}', parts: [{ type: 'glob', text }] };
}

/** Names that come from outside stand for `{}`; as a command, as code or as an option they are not known. */
function runWithNames(
  call: Call,
  words: readonly Word[],
  via: string,
  { mark, names }: Names,
): void {
  const isInside = (word: Word): boolean =>
    (literalText(word) ?? '').includes(mark) && word.raw !== mark;
  if (words.slice(1).some((word) => isInside(word) && /\s/.test(word.raw))) {
    call.unresolved(`${via}: ${mark} stands inside of a text`);
  }
  const replaced = words.map((word) =>
    literalText(word)?.includes(mark) === true ? withNames(word, { mark, names }) : word,
  );
  call.run(replaced, via);
}

interface Names {
  /** What stands for a name among the words. */
  readonly mark: string;
  /** What the names can be. */
  readonly names: Word;
}

function withNames(word: Word, { mark, names }: Names): Word {
  const text = literalText(word) ?? '';
  const [before = '', ...after] = text.split(mark);
  if (before === '' && after.join('') === '') return names;
  return {
    raw: word.raw,
    parts: [
      { type: 'quoted', text: before },
      { type: 'glob', text: mark },
      { type: 'quoted', text: after.join('') },
    ],
  };
}

function xargs(call: Call): void {
  const { options, rest, problem } = readOptions(call.args, {
    flags: '0rtpxo',
    valued: 'IndELPsa',
    long: 'null no-run-if-empty verbose interactive exit open-tty show-limits',
    longValued: 'max-args delimiter replace max-lines max-procs max-chars arg-file eof',
  });
  if (problem !== undefined) {
    call.unresolved(`xargs: ${problem}`);
    return call.runNotable(rest, 'xargs');
  }
  const file = options.get('a') ?? options.get('arg-file');
  if (file !== undefined) call.reads(file);
  if (rest.length === 0) return;
  const mark = literalText(options.get('I') ?? options.get('replace') ?? { raw: '', parts: [] });
  const given = call.place.input;
  const isFound = given?.parts[0]?.type === 'glob' && file === undefined;
  const names: Word = isFound ? given : { raw: '{}', parts: [{ type: 'glob', text: '{}' }] };
  if (mark !== undefined && mark !== '') return runWithNames(call, rest, 'xargs', { mark, names });
  call.run([...rest, names], 'xargs');
}

/** GNU parallel reads its words as a shell text; without words the input is the text. */
function parallel(call: Call): void {
  call.unresolved('parallel builds shell texts out of its input');
  const texts = call.args.map((word) => literalText(word) ?? '');
  const end = texts.findIndex((text) => text.startsWith(':::'));
  const words = call.args.slice(0, end < 0 ? undefined : end);
  const begin = words.findIndex((word) => !(literalText(word) ?? '-').startsWith('-'));
  if (begin >= 0) runJoined(call, words.slice(begin), 'parallel');
  call.runNotable(call.args, 'parallel');
  for (const word of call.args)
    if (/\s/.test(literalText(word) ?? '')) call.runText(word, 'parallel');
}
