import { textWidth } from '../../output/text-width.ts';

/** Where a text that comes in pieces stands. */
export interface WrapState {
  /** Columns used of the line; 0 before its first word. */
  readonly column: number;
  /** Spaces before the next word. */
  readonly gap: number;
  /** The last word, which may go on in the next piece. */
  readonly word: string;
}

/** The beginning of a text, on a new line. */
export const wrapStart: WrapState = { column: 0, gap: 0, word: '' };

/** How a text is laid out. */
export interface WrapLayout {
  readonly width: number;
  readonly indent: string;
}

/**
 * Lays out the next piece of a text that comes in pieces, breaking lines between words. The last word is held back until
 * the next piece shows that it is whole. Spaces at the beginning of a line stay: they are the layout of code and lists.
 */
export function wrapPiece(
  state: WrapState,
  piece: string,
  layout: WrapLayout,
): { readonly state: WrapState; readonly text: string } {
  let current = state;
  let text = '';
  for (const token of piece.split(/([ \n])/)) {
    if (token !== ' ' && token !== '\n') {
      current = { ...current, word: current.word + token };
      continue;
    }
    const placed = placeWord(current, layout);
    text += placed.text;
    if (token === '\n') {
      text += '\n';
      current = wrapStart;
    } else current = { column: placed.column, gap: placed.gap + 1, word: '' };
  }
  return { state: current, text };
}

/** Lays out the word that was held back. */
export function wrapEnd(state: WrapState, layout: WrapLayout): string {
  return placeWord(state, layout).text;
}

/** Lays out a whole text as lines. Trailing blanks are dropped; a blank text gives no lines. */
export function wrapText(text: string, layout: WrapLayout): readonly string[] {
  const whole = text.trimEnd();
  if (whole === '') return [];
  const piece = wrapPiece(wrapStart, whole, layout);
  return `${piece.text}${wrapEnd(piece.state, layout)}`.split('\n');
}

function placeWord(
  { column, gap, word }: WrapState,
  { width, indent }: WrapLayout,
): { readonly column: number; readonly gap: number; readonly text: string } {
  if (word === '') return { column, gap, text: '' };
  const size = textWidth(word);
  if (column === 0) {
    const text = `${indent}${' '.repeat(gap)}${word}`;
    return { column: indent.length + gap + size, gap: 0, text };
  }
  if (column + gap + size <= width) {
    return { column: column + gap + size, gap: 0, text: `${' '.repeat(gap)}${word}` };
  }
  return { column: indent.length + size, gap: 0, text: `\n${indent}${word}` };
}
