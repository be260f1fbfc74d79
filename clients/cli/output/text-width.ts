import { stripVTControlCharacters } from 'node:util';

/**
 * Makes text of unknown origin harmless on a terminal: one line, no escape sequences, no control or bidirectional
 * characters. What a model or a file says must not move the cursor or rewrite what the person reads.
 */
export function singleLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*[\r\n\t]+\s*/g, ' ')
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}

/** As `singleLine`, but line breaks and tabs stay. */
export function safeText(text: string): string {
  return stripVTControlCharacters(text).replace(
    /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu,
    '\uFFFD',
  );
}

/** Columns that a text takes on a terminal: 2 for wide East Asian characters and pictures, 0 for combining marks. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character);
  return width;
}

/** Cuts a text to at most `width` columns; the last one is an ellipsis when something was cut. */
export function fitText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const character of text) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    taken += character;
    used += next;
  }
  return width > 0 ? `${taken.trimEnd()}…` : '';
}

/** As `fitText`, but cuts the beginning: of ids and paths the end tells more. */
export function fitEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const character of Array.from(text).toReversed()) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    taken = character + taken;
    used += next;
  }
  return width > 0 ? `…${taken.trimStart()}` : '';
}

/**
 * Breaks a text into lines of at most `width` columns, at least one, between words. A word that is longer than a line
 * stays whole, so that it can be copied, or is broken as well.
 */
export function brokenText(
  text: string,
  width: number,
  breaks: 'whole-words' | 'any-character',
): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const pieces = breaks === 'any-character' ? piecesOf(word, width) : [word];
    for (const [index, piece] of pieces.entries()) {
      const longer = line === '' || index > 0 ? `${line}${piece}` : `${line} ${piece}`;
      if (line !== '' && textWidth(longer) > width) {
        lines.push(line);
        line = piece;
      } else line = longer;
    }
  }
  return [...lines, line];
}

function piecesOf(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && textWidth(piece + character) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Pads a text with spaces to `width` columns. */
export function padText(text: string, width: number, side: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return side === 'left' ? text + space : space + text;
}

function characterWidth(character: string): number {
  if (/^(\p{M}|\p{Cf})$/u.test(character)) return 0;
  const wide =
    /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]$/u;
  return wide.test(character) || /^\p{Emoji_Presentation}$/u.test(character) ? 2 : 1;
}
