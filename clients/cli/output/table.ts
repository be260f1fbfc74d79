import { brokenText, fitEnd, fitText, padText, singleLine, textWidth } from './text-width.ts';

/** A cell: text, or text with the style it is shown in. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

/** One column of a table. */
interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Least width when the terminal is too narrow; columns without it keep their width. */
  readonly shrinksTo?: number;
  /** Greatest width, however much room there is: long words of others would make every row as wide. */
  readonly atMost?: number;
  /** What becomes of text that is too long: its `end` is cut off (so without this), its `start` is, or it takes more lines. */
  readonly cuts?: 'end' | 'start' | 'nothing';
  /** Left out when shrinking is not enough, the lowest number first; columns without it stay. */
  readonly leaves?: number;
}

/** A table to be drawn. Rows have one cell for each column and may be none. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const gap = '  ';

/**
 * Draws a table for a terminal `width` columns wide: titles, rows, no lines. Texts are made harmless and cut in the
 * columns that may shrink, widest first; columns that may leave do so where that is not enough. Ends with a line break.
 */
export function renderTable(table: Table, width: number): string {
  const { columns, rows } = fittingTable(table, width);
  const texts = rows.map((row) => row.map((cell) => singleLine(cellText(cell))));
  const natural = columns.map(({ title, atMost = Infinity }, index) =>
    Math.min(
      atMost,
      Math.max(textWidth(title), ...texts.map((row) => textWidth(row[index] ?? ''))),
    ),
  );
  const widths = shrinkColumns(columns, natural, width);
  const titles = columns.map(({ title }) => title.toUpperCase());
  const lines = [titles, ...rows].flatMap((row) => drawRow(columns, widths, row));
  return `${lines.join('\n')}\n`;
}

/** Draws keys and values in two columns; keys end with a colon. A long value goes on in the next line, whole. */
export function renderKeyValues(
  pairs: readonly (readonly [string, Cell])[],
  width: number,
): string {
  const keyWidth = Math.max(0, ...pairs.map(([key]) => textWidth(key) + 1));
  const indent = ' '.repeat(keyWidth + gap.length);
  const lines = pairs.flatMap(([key, cell]) => {
    const text = singleLine(cellText(cell));
    const parts = brokenText(text, Math.max(10, width - indent.length), 'whole-words');
    return parts.map((part, index) => {
      const start = index === 0 ? `${padText(`${key}:`, keyWidth, 'left')}${gap}` : indent;
      return `${start}${styled(cell, part)}`.trimEnd();
    });
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** One line for each row, more where a column cuts nothing. */
function drawRow(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly Cell[],
): readonly string[] {
  const cells = columns.map((column, index) => {
    const text = singleLine(cellText(row[index] ?? ''));
    return linesOf(text, column, widths[index] ?? 0);
  });
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, nth) => {
    const parts = columns.map((column, index) => {
      const text = padText(cells[index]?.[nth] ?? '', widths[index] ?? 0, column.align ?? 'left');
      return styled(row[index] ?? '', text);
    });
    return parts.join(gap).trimEnd();
  });
}

function linesOf(text: string, { cuts = 'end' }: Column, width: number): readonly string[] {
  switch (cuts) {
    case 'end':
      return [fitText(text, width)];
    case 'start':
      return [fitEnd(text, width)];
    case 'nothing':
      return brokenText(text, width, 'any-character');
  }
}

/** The table without the columns for which a terminal is too narrow. */
function fittingTable(table: Table, width: number): Table {
  const { columns, rows } = table;
  const least = columns.map(({ title, shrinksTo = Infinity }, index) => {
    const texts = rows.map((row) => textWidth(singleLine(cellText(row[index] ?? ''))));
    return Math.min(shrinksTo, Math.max(textWidth(title), ...texts));
  });
  const needed = least.reduce((sum, each) => sum + each, 0) + gap.length * (columns.length - 1);
  if (needed <= width) return table;
  const ranks = columns.map(({ leaves = Infinity }) => leaves);
  const first = Math.min(...ranks);
  if (first === Infinity) return table;
  const gone = ranks.indexOf(first);
  const without = <Item>(items: readonly Item[]): readonly Item[] =>
    items.filter((_, index) => index !== gone);
  return fittingTable({ columns: without(columns), rows: rows.map(without) }, width);
}

function shrinkColumns(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): readonly number[] {
  const widths = [...natural];
  let excess =
    widths.reduce((sum, each) => sum + each, 0) + gap.length * (columns.length - 1) - width;
  while (excess > 0) {
    const candidates = columns
      .map((column, index) => ({
        index,
        spare: (widths[index] ?? 0) - (column.shrinksTo ?? Infinity),
      }))
      .filter(({ spare }) => spare > 0);
    if (candidates.length === 0) return widths;
    const widest = candidates.reduce((best, each) =>
      (widths[each.index] ?? 0) > (widths[best.index] ?? 0) ? each : best,
    );
    widths[widest.index] = (widths[widest.index] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function cellText(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

function styled(cell: Cell, text: string): string {
  return typeof cell === 'string' ? text : cell.style(text);
}
