import { userInfo } from 'node:os';

import { HoldfastError } from '../../../domain/failures.ts';
import type { KillSwitchClient } from '../../kill-switch-client.ts';
import type { CommandContext } from '../command-context.ts';
import { usableIdentity } from '../identity/own-identity.ts';
import { loadSettings, readInstance } from '../instance/home-door.ts';
import { tellInstanceNotes } from '../instance/instance-notes.ts';

/**
 * Opens the kill switch by the record of the instance, also of one that has died, else by the database of the settings:
 * it has to work when nothing else does.
 *
 * @throws {HoldfastError} unavailable when no database is known.
 */
export async function openKillSwitch(context: CommandContext): Promise<KillSwitchClient> {
  const { home, sendSignal, environment: variables } = context;
  const { openKillSwitch: open } = await import('../../temporal/kill-switch.ts');
  const tenant = 'default';
  const user = userName(variables);
  const speaker = { tenant, user, identity: usableIdentity(context) };
  const instance = readInstance(home, sendSignal);
  if (instance.type === 'running' || instance.type === 'stale') {
    const { databaseUrl, temporalAddress, namespace } = instance.record;
    tellInstanceNotes(context);
    return open({ databaseUrl, ...speaker, temporal: { temporalAddress, namespace } });
  }
  const { databaseUrl, temporal } = loadSettings({ home, variables, flags: {} }).settings;
  if (databaseUrl === undefined) {
    throw new HoldfastError('unavailable', `no database is known (data folder ${home})`, {
      suggestion: 'nothing runs without one; an instance is started with: holdfast up',
    });
  }
  const { address, namespace } = temporal;
  const known = address === undefined ? {} : { temporal: { temporalAddress: address, namespace } };
  return open({ databaseUrl, ...speaker, ...known });
}

/** A user id without a name, as in many containers, makes `userInfo` throw. */
function userName(variables: CommandContext['environment']): string {
  try {
    return userInfo().username;
  } catch {
    return variables['USER'] ?? 'unknown';
  }
}
