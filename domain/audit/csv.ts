/** One line of comma-separated values (RFC 4180), with its line break. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => csvCell(cell)).join(',')}\r\n`;
}

// SAFETY: a spreadsheet computes what begins so; names come from outside. Hashes begin so too, and mean no harm.
function csvCell(text: string): string {
  const isHash = /^[A-Za-z0-9_-]{43}$|^[A-Za-z0-9_-]{86}$/.test(text);
  const safe = !isHash && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
