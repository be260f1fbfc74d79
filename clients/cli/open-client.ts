import { userInfo } from 'node:os';

import type { HoldfastClient } from '../holdfast-client.ts';
import type { CommandContext } from './command-context.ts';
import { usableIdentity } from './identity/own-identity.ts';

/**
 * Opens the running instance of the data folder, in the name of the operating system's user and with the user's key.
 *
 * @throws {HoldfastError} unavailable (exit 75) with the command that starts one.
 */
export async function openClient(context: CommandContext): Promise<HoldfastClient> {
  const { temporalAddress, temporalUi, namespace, taskQueue, databaseUrl } =
    await context.instance();
  const { openLocalClient } = await import('../temporal/local-client.ts');
  return await openLocalClient({
    temporalAddress,
    namespace,
    taskQueue,
    databaseUrl,
    temporalUi,
    tenant: 'default',
    home: context.home,
    user: userName(context),
    identity: usableIdentity(context),
  });
}

/** A user id without a name, as in many containers, makes `userInfo` throw. */
function userName({ environment }: CommandContext): string {
  try {
    return userInfo().username;
  } catch {
    return environment['USER'] ?? 'unknown';
  }
}
