import { homedir } from 'node:os';

import { resolveHome } from '../../domain/settings/home-folder.ts';
import { homePaths } from '../../storage/home/home-paths.ts';
import { openVerifiedFacts } from '../../storage/home/verified-facts.ts';
import type { ProvisionContext } from '../../workers/provision/provision-context.ts';
import type { findTemporal } from '../../workers/provision/provision-temporal.ts';

/** Where set-up put a program. @throws {Error} when it did not. */
export async function provisioned(find: typeof findTemporal): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const variables = { ...process.env, TEMPORAL_ADDRESS: '' };
  const home = resolveHome(
    { variables, platform: process.platform, userFolder: homedir(), isRoot },
    process.cwd(),
  );
  const paths = homePaths(home, process.env['HOLDFAST_CACHE']);
  const context: ProvisionContext = {
    environment: variables,
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: process.platform,
    architecture: process.arch,
    isRoot,
    progress: () => undefined,
  };
  const part = await find(context);
  if (part.where === undefined) throw new Error(`no ${part.name}: run holdfast setup first`);
  return part.where;
}
