import { createInterface } from 'node:readline';

import type { WatchedItem } from '../../../clients/runs-client.ts';
import { spawnCli, type CliEnvironment } from './cli.ts';

/** A command that prints a run as it goes on, one JSON document a line. */
export interface WatchingCommand {
  /** What it printed so far; grows. */
  readonly items: readonly WatchedItem[];
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts a command such as `runs watch … --json`, and reads along. */
export function watchLines(args: readonly string[], environment: CliEnvironment): WatchingCommand {
  const child = spawnCli(args, environment);
  const items: WatchedItem[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const item: unknown = JSON.parse(line);
    if (isWatched(item)) items.push(item);
  });
  child.stderr.resume();
  return { items, ended: new Promise((resolve) => child.once('close', resolve)) };
}

/** The last line tells the end of the run and is no item. */
function isWatched(value: unknown): value is WatchedItem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    ['event', 'delta', 'refused'].includes(String(value.type))
  );
}
