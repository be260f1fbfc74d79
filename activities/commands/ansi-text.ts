import { UnparsedError } from './unparsed.ts';

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['e', '\u001B'],
  ['E', '\u001B'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['?', '?'],
]);

const numericEscape =
  /^(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3}))/;

/**
 * Reads `$'…'` at the beginning of a text and decodes its escapes. `length` counts the quotes.
 * @throws {UnparsedError} for an open quote, an unknown escape, and a code that is NUL or beyond ASCII by byte.
 */
export function ansiText(source: string): { readonly text: string; readonly length: number } {
  let text = '';
  let at = 2;
  while (at < source.length) {
    const char = source.charAt(at);
    if (char === "'") return { text, length: at + 1 };
    if (char !== '\\') {
      text += char;
      at += 1;
      continue;
    }
    const escape = decodeEscape(source.slice(at + 1));
    text += escape.text;
    at += 1 + escape.length;
  }
  throw new UnparsedError('a quote is not closed');
}

function decodeEscape(rest: string): { readonly text: string; readonly length: number } {
  const simple = simpleEscapes.get(rest.charAt(0));
  if (simple !== undefined) return { text: simple, length: 1 };
  const match = numericEscape.exec(rest);
  if (match === null) throw new UnparsedError('an escape in quotes is not known');
  const digits = match[1] ?? match[2] ?? match[3];
  const code =
    digits === undefined ? Number.parseInt(match[4] ?? '', 8) : Number.parseInt(digits, 16);
  const isCharacter = match[2] !== undefined || match[3] !== undefined;
  if (code === 0 || code > (isCharacter ? 0x10_ff_ff : 0x7f)) {
    throw new UnparsedError('an escape in quotes is not a plain character');
  }
  return { text: String.fromCodePoint(code), length: match[0].length };
}
