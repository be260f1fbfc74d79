import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { lookAt, planLineOf, writtenAt } from './launch-folder.ts';
import { parsePlan } from './launch-plan.ts';

/** How a command ended can be asked for this long. Milliseconds. */
const keptMs = 24 * 60 * 60 * 1_000;

/** Removes what is left of launches that ended more than 24 hours ago. Those that run are left alone. */
export function sweepLaunches(launches: string, boot: string, nowMs: number): void {
  for (const folder of foldersIn(launches)) {
    if (lookAt(folder, boot).type === 'running') continue;
    const at = writtenAt(folder, 'exit') ?? writtenAt(folder, 'started') ?? writtenAt(folder, '.');
    if (at !== undefined && nowMs - at > keptMs) rmSync(folder, { recursive: true, force: true });
  }
}

/** Names of the state folders that running launches still read: they outlive the worker that made them. */
export function statesInUse(launches: string, boot: string): ReadonlySet<string> {
  const running = foldersIn(launches).filter((folder) => lookAt(folder, boot).type === 'running');
  return new Set(running.flatMap((folder) => parsePlan(planLineOf(folder))?.sandbox ?? []));
}

function foldersIn(launches: string): readonly string[] {
  try {
    return readdirSync(launches).map((name) => join(launches, name));
  } catch {
    return [];
  }
}
