/**
 * Reads the start time in clock ticks out of the text of `/proc/<pid>/stat` (field 22, see proc(5)).
 * The command name in field 2 may hold spaces and brackets, so fields are counted after its last bracket.
 * Returns undefined for text that is none, and for a zombie, which is dead but not reaped.
 */
export function parseStartTicks(stat: string): string | undefined {
  const end = stat.lastIndexOf(')');
  if (end < 0) return undefined;
  const fields = stat.slice(end + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const ticks = fields[19];
  return ticks !== undefined && /^\d+$/.test(ticks) ? ticks : undefined;
}
