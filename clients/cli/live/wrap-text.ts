import { textWidth } from '../output/text-width.ts';

/** Where a text that comes in pieces stands: columns used of the line, and the word that is not whole yet. */
export interface WrapState {
  readonly column: number;
  readonly word: string;
}

/** The beginning of a text, on a new line. */
export const wrapStart: WrapState = { column: 0, word: '' };

/** How a text is laid out. */
export interface WrapLayout {
  readonly width: number;
  readonly indent: string;
}

/**
 * Lays out the next piece of a text that comes in pieces, breaking lines between words. The last word is held back until
 * the next piece shows that it is whole.
 */
export function wrapPiece(
  state: WrapState,
  piece: string,
  layout: WrapLayout,
): { readonly state: WrapState; readonly text: string } {
  let { column, word } = state;
  let text = '';
  for (const token of piece.split(/([ \n])/)) {
    if (token !== ' ' && token !== '\n') {
      word += token;
      continue;
    }
    ({ column, text } = placeWord({ column, text, word }, layout));
    word = '';
    if (token === '\n') {
      text += '\n';
      column = 0;
    } else if (column > 0 && column < layout.width) {
      text += ' ';
      column += 1;
    } else if (column === 0) {
      // Spaces at the beginning of a line are the layout of code and lists.
      text += `${layout.indent} `;
      column = layout.indent.length + 1;
    }
  }
  return { state: { column, word }, text };
}

/** Lays out the word that was held back. */
export function wrapEnd(state: WrapState, layout: WrapLayout): string {
  return placeWord({ column: state.column, text: '', word: state.word }, layout).text;
}

/** Lays out a whole text as lines. Trailing blanks are dropped; a blank text gives no lines. */
export function wrapText(text: string, layout: WrapLayout): readonly string[] {
  const whole = text.trimEnd();
  if (whole === '') return [];
  const piece = wrapPiece(wrapStart, whole, layout);
  return `${piece.text}${wrapEnd(piece.state, layout)}`.split('\n').map((line) => line.trimEnd());
}

function placeWord(
  { column, text, word }: { column: number; text: string; word: string },
  { width, indent }: WrapLayout,
): { column: number; text: string } {
  if (word === '') return { column, text };
  const size = textWidth(word);
  if (column === 0) return { column: indent.length + size, text: `${text}${indent}${word}` };
  if (column + size <= width || column <= indent.length) {
    return { column: column + size, text: text + word };
  }
  const line = text.endsWith(' ') ? text.slice(0, -1) : text;
  return { column: indent.length + size, text: `${line}\n${indent}${word}` };
}
