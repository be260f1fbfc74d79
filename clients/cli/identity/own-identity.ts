import { join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import { openIdentity, type Identity } from '../../../storage/administration.ts';
import type { CommandContext } from '../command-context.ts';

/**
 * File of the user's key: `HOLDFAST_IDENTITY`, else in the configuration folder of the user (by XDG, or as the platform
 * has it). Never in the data folder: that one may be shared.
 */
export function identityFile({
  environment,
  platform,
  userFolder,
}: Pick<CommandContext, 'environment' | 'platform' | 'userFolder'>): string {
  const named = environment['HOLDFAST_IDENTITY'];
  if (named !== undefined && named !== '') return named;
  return join(configurationFolder(environment, platform, userFolder), 'holdfast', 'identity.pem');
}

/** The user's key, or undefined where none can be made: what is sent is nobody's then. */
export function usableIdentity(
  context: CommandContext,
): ReturnType<typeof ownIdentity> | undefined {
  try {
    return ownIdentity(context);
  } catch (error) {
    // A key that is there but wrong is to be mended.
    if (error instanceof HoldfastError) throw error;
    context.output.talk(
      `note: no key can be made in ${identityFile(context)}; nothing you send is proved`,
    );
    return undefined;
  }
}

/** The user's key; made when there is none. */
export function ownIdentity(context: CommandContext): Identity & { readonly isNew: boolean } {
  return openIdentity(identityFile(context));
}

function configurationFolder(
  environment: CommandContext['environment'],
  platform: string,
  userFolder: string,
): string {
  if (platform === 'win32') return environment['APPDATA'] ?? join(userFolder, 'AppData', 'Roaming');
  if (platform === 'darwin') return join(userFolder, 'Library', 'Application Support');
  const configured = environment['XDG_CONFIG_HOME'];
  // The XDG specification says that a relative path in the variable is to be ignored.
  return configured?.startsWith('/') === true ? configured : join(userFolder, '.config');
}
