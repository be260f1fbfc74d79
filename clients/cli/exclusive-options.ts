import type { Command } from 'commander';

import { wrongUse } from './wrong-use.ts';

/**
 * Refuses options that say the opposite of each other; the parser would take the last one. Names are without dashes, as
 * `wait` and `no-wait`.
 */
export function refuseTogether(
  command: Command,
  pairs: readonly (readonly [string, string])[],
): void {
  const given = new Set<string>();
  for (const name of new Set(pairs.flat())) command.on(`option:${name}`, () => given.add(name));
  command.hook('preAction', () => {
    const both = pairs.find((pair) => pair.every((name) => given.has(name)));
    if (both === undefined) return;
    throw wrongUse(`--${both[0]} and --${both[1]} exclude each other`, 'leave one of them out');
  });
}
