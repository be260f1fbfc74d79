import { homedir } from 'node:os';

import { resolveHome } from '../../domain/settings/home-folder.ts';
import type { ProvisionEvent } from '../../domain/settings/provision-report.ts';
import { ensureAuditKey } from '../../storage/home/audit-key.ts';
import { prepareHome } from '../../storage/home/data-folder.ts';
import { openVerifiedFacts } from '../../storage/home/verified-facts.ts';
import { inspectMachine, provisionMachine } from './provision-machine.ts';
import { transportError } from './transported-error.ts';

const isRoot = process.getuid?.() === 0;

/** Sends an event to the command that started us; without one, as a JSON line. */
function tell(event: ProvisionEvent): void {
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(event)}\n`);
  else process.send(event);
}

try {
  const variables = process.env;
  const home = resolveHome(
    { variables, platform: process.platform, userFolder: homedir(), isRoot },
    process.cwd(),
  );
  const cache = variables['HOLDFAST_CACHE'];
  const paths = prepareHome({ home, cache, isShared: isRoot });
  const context = {
    environment: variables,
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: process.platform,
    architecture: process.arch,
    isRoot,
    optionalParts: process.argv.slice(2).filter((argument) => !argument.startsWith('-')),
    progress: (text: string) => tell({ type: 'progress', text }),
  };
  const isInspection = process.argv.includes('--inspect');
  if (!isInspection) ensureAuditKey(home);
  const work = isInspection ? inspectMachine : provisionMachine;
  tell({ type: 'done', report: await work(context) });
} catch (error) {
  tell({ type: 'failed', error: transportError(error) });
  process.exitCode = 1;
} finally {
  if (process.connected) process.disconnect();
}
