/** Lines of context around a change. */
const context = 3;
/** Cells of the comparison table at most; larger changes are shown as one block out, one block in. */
const maxCells = 1_000_000;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/**
 * Compares two texts line by line and gives a unified diff for people, or an empty text when they are equal. Null stands
 * for a file that does not exist. `path` is shown with forward slashes.
 */
export function unifiedDiff(path: string, before: string | null, after: string): string {
  if (before === after) return '';
  const edits = compare(linesOf(before ?? ''), linesOf(after));
  const from = before === null ? '/dev/null' : `a/${path}`;
  return [`--- ${from}`, `+++ b/${path}`, ...hunks(edits)].join('\n');
}

/** Splits a text into lines; a last line without a line end is marked as git does. */
function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

function compare(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start])
    start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    ...signed(' ', before.slice(0, start)),
    ...compareMiddle(
      before.slice(start, before.length - end),
      after.slice(start, after.length - end),
    ),
    ...signed(' ', before.slice(before.length - end)),
  ];
}

/** Longest common subsequence by dynamic programming: `table[i][j]` is its length from line i and line j on. */
function compareMiddle(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const width = after.length + 1;
  if ((before.length + 1) * width > maxCells) {
    return [...signed('-', before), ...signed('+', after)];
  }
  const table = new Uint32Array((before.length + 1) * width);
  const cell = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        before[i] === after[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push({ sign: ' ', line: before[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < before.length && (j === after.length || cell(i + 1, j) >= cell(i, j + 1))) {
      edits.push({ sign: '-', line: before[i] ?? '' });
      i += 1;
    } else {
      edits.push({ sign: '+', line: after[j] ?? '' });
      j += 1;
    }
  }
  return edits;
}

function signed(sign: Edit['sign'], lines: readonly string[]): readonly Edit[] {
  return lines.map((line) => ({ sign, line }));
}

/** Groups edits into hunks: changes whose contexts touch are one. */
function hunks(edits: readonly Edit[]): readonly string[] {
  const output: string[] = [];
  let [oldLine, newLine, position] = [1, 1, 0];
  while (position < edits.length) {
    const change = edits.findIndex((edit, index) => index >= position && edit.sign !== ' ');
    if (change === -1) break;
    const start = Math.max(position, change - context);
    oldLine += start - position;
    newLine += start - position;
    const end = hunkEnd(edits, change);
    const part = edits.slice(start, end);
    const removed = part.filter((edit) => edit.sign !== '+').length;
    const added = part.filter((edit) => edit.sign !== '-').length;
    output.push(`@@ -${range(oldLine, removed)} +${range(newLine, added)} @@`);
    output.push(...part.map((edit) => `${edit.sign}${edit.line}`));
    oldLine += removed;
    newLine += added;
    position = end;
  }
  return output;
}

function hunkEnd(edits: readonly Edit[], change: number): number {
  let end = change;
  for (let index = change; index < edits.length && index <= end + 2 * context; index += 1) {
    if (edits[index]?.sign !== ' ') end = index;
  }
  return Math.min(edits.length, end + 1 + context);
}

function range(line: number, count: number): string {
  return count === 0 ? `${line - 1},0` : `${line},${count}`;
}
