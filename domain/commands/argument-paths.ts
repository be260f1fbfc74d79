import type { PathFact } from '../tools/facts.ts';
import { absolutePath, factPath } from './place.ts';
import { displayText } from './syntax.ts';
import type { Word, WordPart } from './syntax.ts';

/** Devices that hold nothing: reading and writing them touches no file. */
const nothing = /^\/dev\/(?:null|zero|full|random|urandom|tty|stdin|stdout|stderr|fd(?:\/\d+)?)$/;

/** Where a path is meant from: the folders a command may run in, and the root facts are relative to. */
export interface PathContext {
  readonly folders: readonly string[];
  readonly workspaceRoot: string;
}

/**
 * The facts of one word that names a path, one for each folder the command may run in. Parts that the shell would
 * expand become globs, so that every path they may give is meant.
 */
export function pathFacts(
  word: Word,
  operation: 'read' | 'write',
  context: PathContext,
): PathFact[] {
  const isGlob = word.parts.some(
    (part) => part.type !== 'literal' && part.type !== 'quoted' && part.type !== 'tilde',
  );
  const text = isGlob ? globText(word) : displayText(word);
  if (text === '' || nothing.test(text)) return [];
  const isHome = word.parts[0]?.type === 'tilde';
  return context.folders.map((folder) => ({
    path: isHome ? text : factPath(context.workspaceRoot, absolutePath(folder, text)),
    operation,
    ...(isGlob ? { glob: true as const } : {}),
  }));
}

/** The glob of everything a word can become; characters that are quoted stay what they are. */
function globText(word: Word): string {
  return word.parts
    .map((part) => {
      if (part.type === 'literal') return part.text;
      if (part.type === 'quoted') return part.text.replaceAll(/[\\*?[\]{}!]/g, '?');
      if (part.type === 'glob' && part.text.startsWith('**/')) return part.text;
      if (part.type === 'glob')
        return /^(?:[*?[]|\{\})$/.test(part.text) && part.text !== '{}' ? part.text : '**';
      return '**';
    })
    .join('');
}

/** A word whose wildcards a program reads itself, as git does with its pathspecs: `*` also stands for `/` and leading dots. */
export function patternWord(text: string): Word {
  const parts = text.split(/([*?[])/).flatMap((part): WordPart[] => {
    if (part === '') return [];
    if (part === '*') return [wildcard, wildcard];
    return [{ type: /^[?[]$/.test(part) ? 'glob' : 'literal', text: part }];
  });
  return { raw: text, parts };
}

const wildcard: WordPart = { type: 'glob', text: '*' };

/**
 * The texts inside of one argument that may be a path: the argument itself, what follows `=`, `:` or `@`, and what is
 * attached to a short option.
 */
export function pathCandidates(text: string): string[] {
  const candidates = text.startsWith('-') ? [] : [text];
  for (const mark of ['=', '@', ':']) {
    const at = text.indexOf(mark);
    if (at >= 0) candidates.push(...pathCandidates(text.slice(at + 1)).slice(0, 4));
  }
  const attached = /^-[A-Za-z](.+)$/.exec(text)?.[1];
  if (attached !== undefined && /[./]/.test(attached)) candidates.push(attached);
  const local = /^file:\/\/[^/]*(\/.*)$/.exec(text)?.[1];
  if (local !== undefined) candidates.push(local);
  return [
    ...new Set(candidates.filter((candidate) => candidate !== '' && candidate.length < 1_024)),
  ];
}
