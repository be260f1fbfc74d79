import { InvalidArgumentError } from 'commander';

import { parseUsd } from '../../domain/budget/money.ts';

const unitSeconds: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);

/** Reads a time such as `45s`, `10m` or `1h30m` as seconds, 1 or more. A bare number is refused: it could be days or seconds. */
export function parseSeconds(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text;
  const seconds = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds.get(unit) ?? 1),
    0,
  );
  if (isWhole && seconds >= 1 && Number.isSafeInteger(seconds)) return seconds;
  throw new InvalidArgumentError('Write a time with its unit, such as 90s, 10m, 1h30m or 30d.');
}

/** Reads an amount of dollars as micro-dollars. */
export function parseDollars(text: string): number {
  const microUsd = parseUsd(text.replace(/^\$/, ''));
  if (microUsd !== undefined) return microUsd;
  throw new InvalidArgumentError('Write an amount of dollars such as 2.50.');
}

/** Reads a whole number, 1 or more. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count >= 1) return count;
  throw new InvalidArgumentError('Write a whole number from 1 on.');
}

/** Reads a number such as 8 or 1.5, 0 or more. */
export function parseAmount(text: string): number {
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a number such as 8 or 1.5.');
}

/** Reads the number of a turn; 0 is the beginning. */
export function parseTurn(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write the number of a turn, 0 for the beginning.');
}

/** Reads a TCP port. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('Write a port from 1 to 65535.');
}

/** Adds `name=value` to what was given before; the last of a name counts. */
export function collectPair(
  text: string,
  before: { readonly [name: string]: string } = {},
): { readonly [name: string]: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
