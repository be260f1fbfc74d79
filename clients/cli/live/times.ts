import { formatDuration } from '../output/duration.ts';

/** How long something took, for people: `35ms`, `1.2s`, `3m 5s`. */
export function elapsedText(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < 1_000) return `${ms}ms`;
  return ms < 59_950 ? `${(ms / 1_000).toFixed(1)}s` : formatDuration(ms / 1_000);
}

/** Milliseconds between two ISO 8601 times; 0 when one of them is none. */
export function millisecondsBetween(from: string, to: string): number {
  const difference = Date.parse(to) - Date.parse(from);
  return Number.isFinite(difference) ? Math.max(0, difference) : 0;
}

/** How long ago an ISO 8601 time was, or how far ahead it is, for people. */
export function distanceText(time: string, nowMs: number): string {
  const seconds = Math.abs(nowMs - Date.parse(time)) / 1_000;
  return Number.isFinite(seconds) ? formatDuration(seconds) : '?';
}
