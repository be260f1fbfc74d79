import type { Styles } from '../../output/styles.ts';
import { safeText } from '../../output/text-width.ts';

/** Colours the lines of a unified diff. Control characters in it are made visible, never obeyed. */
export function diffLines(diff: string, styles: Styles): readonly string[] {
  const lines = safeText(diff).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => styleOf(line, styles)(line));
}

/** The first changed lines of a diff of one file, without its header, and how many more there are. */
export function shortDiff(diff: string, styles: Styles, most: number): readonly string[] {
  const lines = safeText(diff).split('\n');
  // A line of the file may look like a header; behind the first mark of a place there is none.
  const body = lines.slice(lines.findIndex((line) => line.startsWith('@@')) + 1);
  const changed = body.filter((line) => /^[-+]/.test(line));
  const shown = changed.slice(0, most).map((line) => styleOf(line, styles)(line));
  const left = changed.length - shown.length;
  return left > 0 ? [...shown, styles.dim(`… ${left} more lines`)] : shown;
}

function styleOf(line: string, styles: Styles): (text: string) => string {
  if (/^(?:---|\+\+\+) /.test(line)) return styles.bold;
  if (line.startsWith('+')) return styles.good;
  if (line.startsWith('-')) return styles.bad;
  if (line.startsWith('@@')) return styles.accent;
  if (line.startsWith('diff ') || line.startsWith('index ')) return styles.dim;
  return (text) => text;
}
