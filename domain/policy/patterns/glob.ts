/** Most alternatives that the braces of one pattern may stand for. */
const maxAlternatives = 64;
/** Longest pattern that is compiled. */
const maxPatternLength = 512;

/** A compiled glob. Matching takes time linear in the text, whatever the pattern is. */
export interface Glob {
  readonly matches: (text: string) => boolean;
}

/** What `*` may stand for: parts of a path without `/`, or any text. */
export type GlobKind = 'path' | 'text';

type Token =
  | { readonly type: 'char'; readonly test: (char: string) => boolean }
  /** Any number of characters but `/` (of any characters in texts). */
  | { readonly type: 'star' }
  /** Any number of whole folders, with the `/` after each. */
  | { readonly type: 'folders' }
  /** The end of the text, or a `/` with anything after it: the end of `folder/**`. */
  | { readonly type: 'below' }
  /** Anything at all. */
  | { readonly type: 'rest' };

/**
 * Compiles a glob with `*`, `**`, `?`, `[…]`, `{a,b}` and backslashes; a leading dot is a character like any other.
 * Gives undefined for a pattern that is too long or stands for too many alternatives.
 */
export function compileGlob(pattern: string, kind: GlobKind = 'path'): Glob | undefined {
  if (pattern.length > maxPatternLength) return undefined;
  const alternatives = expandBraces(pattern);
  if (alternatives === undefined) return undefined;
  const programs = alternatives.map((alternative) => tokensOf(alternative, kind));
  return { matches: (text) => programs.some((tokens) => run(tokens, text, kind)) };
}

const compiled = new Map<string, Glob | undefined>();

/** True when the glob matches; patterns are compiled once. A pattern that cannot be compiled matches nothing. */
export function matchesGlob(pattern: string, text: string, kind: GlobKind = 'path'): boolean {
  const key = `${kind} ${pattern}`;
  if (!compiled.has(key)) {
    if (compiled.size > 2_000) compiled.clear();
    compiled.set(key, compileGlob(pattern, kind));
  }
  return compiled.get(key)?.matches(text) ?? false;
}

function expandBraces(pattern: string): string[] | undefined {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0) {
    const next = open.pop() ?? '';
    const brace = firstBrace(next);
    if (brace === undefined) done.push(next);
    else open.push(...brace.options.map((option) => `${brace.before}${option}${brace.after}`));
    if (done.length + open.length > maxAlternatives) return undefined;
  }
  return done;
}

interface Brace {
  readonly before: string;
  readonly options: readonly string[];
  readonly after: string;
}

/** The first pair of braces with a comma in it. */
function firstBrace(pattern: string): Brace | undefined {
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '{') {
      const brace = braceAt(pattern, at);
      if (brace !== undefined) return brace;
    }
  }
  return undefined;
}

function braceAt(pattern: string, start: number): Brace | undefined {
  const options: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === ',' && depth === 1) {
      options.push(pattern.slice(from, at));
      from = at + 1;
    } else if (char === '}') {
      depth -= 1;
      if (depth > 0) continue;
      options.push(pattern.slice(from, at));
      if (options.length < 2) return undefined;
      return { before: pattern.slice(0, start), options, after: pattern.slice(at + 1) };
    }
  }
  return undefined;
}

function tokensOf(pattern: string, kind: GlobKind): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const globstar = kind === 'path' ? globstarAt(pattern, at) : undefined;
    if (globstar !== undefined) {
      tokens.push(...globstar.tokens);
      at += globstar.length;
      continue;
    }
    const char = pattern.charAt(at);
    if (char === '*') {
      const length = /^\*+/.exec(pattern.slice(at))?.[0].length ?? 1;
      if (isWholeSegment(pattern, at, length) && kind === 'path')
        tokens.push({ type: 'char', test: notSlash });
      tokens.push({ type: 'star' });
      at += length;
      continue;
    }
    const one = charToken(pattern, at, kind);
    tokens.push(one.token);
    at += one.length;
  }
  return tokens;
}

const notSlash = (char: string): boolean => char !== '/';

function isWholeSegment(pattern: string, at: number, length: number): boolean {
  const before = pattern.charAt(at - 1);
  const after = pattern.charAt(at + length);
  return (at === 0 || before === '/') && (after === '' || after === '/');
}

/** `**` counts only as a whole part of a path: `**` before a `/`, `/**` at the end, or alone. */
function globstarAt(
  pattern: string,
  at: number,
): { readonly tokens: readonly Token[]; readonly length: number } | undefined {
  const rest = pattern.slice(at);
  const starts = at === 0 || pattern.charAt(at - 1) === '/';
  if (starts && rest.startsWith('**/')) return { tokens: [{ type: 'folders' }], length: 3 };
  // After a star the slash is needed, as in picomatch: `a*/**` does not match `ab`.
  if (rest === '/**' && pattern.charAt(at - 1) !== '*')
    return { tokens: [{ type: 'below' }, { type: 'rest' }], length: 3 };
  return starts && rest === '**' ? { tokens: [{ type: 'rest' }], length: 2 } : undefined;
}

function charToken(
  pattern: string,
  at: number,
  kind: GlobKind,
): { readonly token: Token; readonly length: number } {
  const char = pattern.charAt(at);
  const isPath = kind === 'path';
  if (char === '?')
    return { token: { type: 'char', test: isPath ? notSlash : () => true }, length: 1 };
  if (char === '\\' && at + 1 < pattern.length) {
    const literal = pattern.charAt(at + 1);
    return { token: { type: 'char', test: (other) => other === literal }, length: 2 };
  }
  const set = char === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
  if (set !== null && set[2] !== '') {
    const test = setTest(set[2] ?? '', set[1] !== '');
    return {
      token: { type: 'char', test: (other) => (!isPath || other !== '/') && test(other) },
      length: set[0].length,
    };
  }
  return { token: { type: 'char', test: (other) => other === char }, length: 1 };
}

function setTest(body: string, isNegated: boolean): (char: string) => boolean {
  const singles = new Set<string>();
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < body.length; at += 1) {
    const [from, dash, to] = [body.charAt(at), body.charAt(at + 1), body.charAt(at + 2)];
    if (dash === '-' && to !== '') {
      ranges.push([from, to]);
      at += 2;
    } else singles.add(from);
  }
  return (char) => {
    const isIn = singles.has(char) || ranges.some(([from, to]) => char >= from && char <= to);
    return isIn !== isNegated;
  };
}

/**
 * Runs all ways through the pattern at once, one character after the other: time is at most the length of the text
 * times the length of the pattern (Thompson, CACM 1968).
 */
function run(tokens: readonly Token[], text: string, kind: GlobKind): boolean {
  let states = closure(tokens, new Set([0]), true);
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = new Set<number>();
    for (const state of states) step(tokens, state, char, kind, next);
    // `folders` may be left only at its start and after a `/`.
    states = closure(tokens, next, char === '/');
    if (states.size === 0) return false;
  }
  return (
    states.has(tokens.length) || (tokens.at(-2)?.type === 'below' && states.has(tokens.length - 2))
  );
}

function closure(tokens: readonly Token[], states: Set<number>, atPartStart: boolean): Set<number> {
  for (const state of states) {
    const token = tokens[state];
    const isSkipped =
      token?.type === 'star' ||
      token?.type === 'rest' ||
      (token?.type === 'folders' && atPartStart);
    if (isSkipped) states.add(state + 1);
  }
  return states;
}

function step(
  tokens: readonly Token[],
  state: number,
  char: string,
  kind: GlobKind,
  next: Set<number>,
): void {
  const token = tokens[state];
  if (token === undefined) return;
  switch (token.type) {
    case 'char':
      if (token.test(char)) next.add(state + 1);
      return;
    case 'star':
      if (kind === 'text' || char !== '/') next.add(state);
      return;
    case 'folders':
    case 'rest':
      next.add(state);
      return;
    case 'below':
      if (char === '/') next.add(state + 1);
      return;
  }
}
