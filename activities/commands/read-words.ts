import type { Node } from 'web-tree-sitter';
import type { Word, WordPart } from '../../domain/commands/syntax.ts';
import { ansiText } from './ansi-text.ts';
import { UnparsedError } from './unparsed.ts';

/** What words are read with: the whole text, the expanded nodes among them, and how one of those becomes a part. */
export interface WordReader {
  readonly text: string;
  readonly holes: ReadonlyMap<number, Node>;
  readonly convertHole: (node: Node) => WordPart;
}

/**
 * Splits a span of the text into words by the shell's own quoting rules. The grammar's tree says only where
 * expansions begin and end; where words begin and end is decided here, from the raw text.
 * @throws {UnparsedError} at an operator, a comment or an expansion the tree does not know.
 */
export function readWords(reader: WordReader, start: number, end: number): Word[] {
  const words: Word[] = [];
  let at = start;
  while (at < end) {
    const blank = blankLength(reader.text, at);
    if (blank > 0) {
      at += blank;
      continue;
    }
    const word = new WordScan(reader, at, end);
    words.push(word.read());
    at = word.at;
  }
  return words;
}

/** Reads the body of an unquoted here-document: expansions count, quotes do not. */
export function readHereText(reader: WordReader, start: number, end: number): Word {
  const scan = new WordScan(reader, start, end);
  scan.readUntilQuote(undefined);
  return { raw: reader.text.slice(start, end), parts: scan.parts };
}

function blankLength(text: string, at: number): number {
  if (text[at] === ' ' || text[at] === '\t') return 1;
  return text.startsWith('\\\n', at) ? 2 : 0;
}

class WordScan {
  readonly parts: WordPart[] = [];
  readonly reader: WordReader;
  readonly start: number;
  readonly end: number;
  at: number;

  constructor(reader: WordReader, start: number, end: number) {
    this.reader = reader;
    this.start = start;
    this.end = end;
    this.at = start;
  }

  read(): Word {
    while (this.at < this.end && !this.atBlank()) this.readPiece();
    const raw = this.reader.text.slice(this.start, this.at);
    return { raw, parts: withBraces(this.parts) };
  }

  /** Reads up to the closing quote, or to the end of a here-document. */
  readUntilQuote(quote: '"' | undefined): void {
    while (this.at < this.end) {
      const char = this.char();
      if (char === quote) {
        this.at += 1;
        return;
      }
      if (this.readHole()) continue;
      if (char === '\\') this.readEscapeInQuotes(quote);
      else this.take('quoted', this.plainDollar(char));
    }
    if (quote !== undefined) throw new UnparsedError('a quote is not closed');
  }

  private char(): string {
    return this.reader.text.charAt(this.at);
  }

  private atBlank(): boolean {
    return this.char() === ' ' || this.char() === '\t';
  }

  private readPiece(): void {
    if (this.readHole()) return;
    const char = this.char();
    if (char === '\\') return this.readEscape();
    if (char === "'") return this.readSingleQuotes();
    if (char === '"') return this.readDoubleQuotes(1);
    if (char === '$' && this.next() === "'") return this.readAnsiQuotes();
    if (char === '$' && this.next() === '"') return this.readDoubleQuotes(2);
    if (/[|&;()<>\n\r]/.test(char))
      throw new UnparsedError(`an operator stands inside a word: ${char}`);
    if (char === '#' && this.at === this.start)
      throw new UnparsedError('a comment is read as a word');
    if (this.startsGlob(char)) return this.take('glob', char);
    if (char === '~' && this.startsTilde()) return this.readTilde();
    this.take('literal', this.plainDollar(char));
  }

  private next(): string {
    return this.reader.text.charAt(this.at + 1);
  }

  private take(type: 'literal' | 'quoted' | 'glob' | 'tilde', text: string, length = 1): void {
    this.at += length;
    this.parts.push({ type, text });
  }

  private readHole(): boolean {
    const hole = this.reader.holes.get(this.at);
    if (hole === undefined) return false;
    if (hole.endIndex > this.end) throw new UnparsedError('an expansion runs over its word');
    this.parts.push(this.reader.convertHole(hole));
    this.at = hole.endIndex;
    return true;
  }

  /** A dollar or backtick that starts an expansion must be one the tree knows. */
  private plainDollar(char: string): string {
    const starts = char === '$' && this.at + 1 < this.end && /[\w{([@*#?$!-]/.test(this.next());
    if (starts || char === '`') throw new UnparsedError('an expansion is not read');
    return char;
  }

  private readEscape(): void {
    if (this.at + 1 >= this.end) throw new UnparsedError('a backslash ends the text');
    if (this.next() === '\n') this.at += 2;
    else this.take('quoted', this.next(), 2);
  }

  private readEscapeInQuotes(quote: '"' | undefined): void {
    const next = this.next();
    if (next === '\n') this.at += 2;
    else if (/[$`\\]/.test(next) || (quote !== undefined && next === quote))
      this.take('quoted', next, 2);
    else this.take('quoted', '\\');
  }

  private readSingleQuotes(): void {
    const close = this.reader.text.indexOf("'", this.at + 1);
    if (close < 0 || close >= this.end) throw new UnparsedError('a quote is not closed');
    this.take('quoted', this.reader.text.slice(this.at + 1, close), close + 1 - this.at);
  }

  private readDoubleQuotes(opening: number): void {
    this.at += opening;
    this.parts.push({ type: 'quoted', text: '' });
    this.readUntilQuote('"');
  }

  private readAnsiQuotes(): void {
    const quoted = ansiText(this.reader.text.slice(this.at, this.end));
    this.take('quoted', quoted.text, quoted.length);
  }

  private startsGlob(char: string): boolean {
    if (char !== '[') return char === '*' || char === '?';
    return /^\[[^ \t\n]*\]/.test(this.reader.text.slice(this.at, this.end));
  }

  private startsTilde(): boolean {
    return this.at === this.start || /[=:]/.test(this.reader.text.charAt(this.at - 1));
  }

  private readTilde(): void {
    const name = /^~[\w.+-]*/.exec(this.reader.text.slice(this.at, this.end))?.[0] ?? '~';
    this.take('tilde', name, name.length);
  }
}

/** Turns the parts of a brace expansion into globs; braces that expand to themselves (`{}`, `{a}`) stay literal. */
function withBraces(parts: readonly WordPart[]): WordPart[] {
  const open = parts.findIndex((part) => part.type === 'literal' && part.text === '{');
  const close = parts.findLastIndex((part) => part.type === 'literal' && part.text === '}');
  if (open < 0 || close < open) return [...parts];
  const inside = parts.slice(open + 1, close);
  const text = inside.map((part) => (part.type === 'literal' ? part.text : '')).join('');
  if (!text.includes(',') && !text.includes('..')) return [...parts];
  const scripts = inside.filter((part) => part.type !== 'literal' && part.type !== 'quoted');
  const glob: WordPart = {
    type: 'glob',
    text: `{${inside.map((part) => part.text).join('')}}`,
  };
  return [...parts.slice(0, open), glob, ...scripts, ...parts.slice(close + 1)];
}
