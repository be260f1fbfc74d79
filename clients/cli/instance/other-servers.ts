import type { CommandContext } from '../command-context.ts';
import { loadSettings, readInstance } from './home-door.ts';

/**
 * Says that a variable names another server than the running instance uses: it counts when an instance starts, and
 * commands speak to the one that runs. One text for each; empty when all agree or nothing runs.
 */
export function otherServers({
  home,
  environment: variables,
  sendSignal,
}: CommandContext): readonly string[] {
  const state = readInstance(home, sendSignal);
  if (state.type !== 'running') return [];
  const { settings, origins } = loadSettings({ home, variables, flags: {} });
  const { temporal, databaseUrl } = settings;
  const { record } = state;
  const named = [
    ['temporal.address', temporal.address, record.temporalAddress],
    ['temporal.namespace', temporal.namespace, record.namespace],
    ['databaseUrl', placeOf(databaseUrl), placeOf(record.databaseUrl)],
  ] as const;
  return named.flatMap(([path, wanted, used]) => {
    const { layer, name } = origins[path] ?? {};
    if (layer !== 'environment' || wanted === undefined || wanted === used) return [];
    return `${name ?? path} says ${wanted}, but the running instance uses ${used ?? ''}, and so does this command; to change it: holdfast down, then holdfast up --detach`;
  });
}

/** Where a database is, without who asks it. */
function placeOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}${pathname}`;
}
