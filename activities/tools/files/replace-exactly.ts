import { ToolError } from '../tool.ts';
import { nearestLines } from './nearest-lines.ts';

/** What to replace in a file. */
export interface ExactReplacement {
  readonly path: string;
  readonly oldText: string;
  readonly newText: string;
  /** How often `oldText` must stand in the file. */
  readonly count: number;
}

/**
 * Replaces bytes, so that what is no UTF-8 elsewhere in the file stays as it is. In a file whose lines all end with
 * CR LF, texts with plain line ends mean CR LF: read_file does not show the difference.
 *
 * @throws {ToolError} not_found for a missing file; validation_error when the text does not stand there as often as said.
 */
export function replaceExactly(before: Buffer | null, replacement: ExactReplacement): Buffer {
  const { path, count } = replacement;
  if (before === null) {
    throw new ToolError('not_found', `${path} does not exist; make it with write_file`);
  }
  if (replacement.oldText === replacement.newText) {
    throw new ToolError('validation_error', 'oldText and newText are equal: nothing would change');
  }
  const { oldText, newText } = withLineEndsOf(before, replacement);
  const old = Buffer.from(oldText, 'utf8');
  const positions = positionsOf(before, old);
  if (positions.length === 0) throw noMatch(before, replacement);
  if (positions.length !== count) throw otherCount(before, positions, replacement);
  return splice(before, positions, { old, new: Buffer.from(newText, 'utf8') });
}

function withLineEndsOf(before: Buffer, { oldText, newText }: ExactReplacement) {
  const unchanged = { oldText, newText };
  if (oldText.includes('\r') || newText.includes('\r') || !before.includes('\r\n'))
    return unchanged;
  const feeds = positionsOf(before, Buffer.from('\n')).length;
  if (positionsOf(before, Buffer.from('\r\n')).length !== feeds) return unchanged;
  return { oldText: oldText.replaceAll('\n', '\r\n'), newText: newText.replaceAll('\n', '\r\n') };
}

/** Offsets of a text in a file, without overlaps, ascending. */
function positionsOf(content: Buffer, searched: Buffer): readonly number[] {
  const positions: number[] = [];
  let position = content.indexOf(searched);
  while (position !== -1) {
    positions.push(position);
    position = content.indexOf(searched, position + searched.length);
  }
  return positions;
}

function splice(
  before: Buffer,
  positions: readonly number[],
  texts: { readonly old: Buffer; readonly new: Buffer },
): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const position of positions) {
    parts.push(before.subarray(end, position), texts.new);
    end = position + texts.old.length;
  }
  return Buffer.concat([...parts, before.subarray(end)]);
}

function noMatch(before: Buffer, { path, oldText }: ExactReplacement): ToolError {
  const near = nearestLines(before.toString('utf8'), oldText);
  const shown = near.map(({ number, line }) => `${number}\t${line.slice(0, 200)}`);
  const hint =
    shown.length === 0
      ? 'no line of the file is like it'
      : `the lines most like its first line are:\n${shown.join('\n')}`;
  return new ToolError(
    'validation_error',
    `oldText does not stand in ${path}; indentation, quotes and line ends count. Read the file again; ${hint}`,
  );
}

function otherCount(
  before: Buffer,
  positions: readonly number[],
  { path, count }: ExactReplacement,
): ToolError {
  const lines = positions.slice(0, 20).map((position) => lineOf(before, position));
  const found = positions.length === 1 ? 'once' : `${positions.length} times`;
  return new ToolError(
    'validation_error',
    `oldText stands ${found} in ${path} and not ${count === 1 ? 'once' : `${count} times`}, at line ${lines.join(', ')}${positions.length > 20 ? ' and further' : ''}; take more lines around the one you mean, or set count to ${positions.length} to replace all`,
  );
}

function lineOf(content: Buffer, position: number): number {
  let line = 1;
  for (let at = content.indexOf(10); at !== -1 && at < position; at = content.indexOf(10, at + 1)) {
    line += 1;
  }
  return line;
}

/** Line of the first byte that differs, counted from 1. */
export function lineAt(before: Buffer | null, after: Uint8Array): number {
  const old = before ?? Buffer.alloc(0);
  let position = 0;
  while (position < old.length && old[position] === after[position]) position += 1;
  return lineOf(old, position);
}
