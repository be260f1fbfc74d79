import type { KeySources } from '../../../activities/model/inspect.ts';
import type { KeyReference } from '../../../domain/models/model-entry-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';

/** Where a command finds the keys it needs: the environment of the person and, only when one is a secret, the secrets. */
export async function keySources(
  { home, environment }: CommandContext,
  references: readonly (KeyReference | undefined)[],
): Promise<KeySources> {
  if (!references.some((reference) => typeof reference === 'string')) return { environment };
  const { readSecrets } = await import('../../../activities/secrets/inspect.ts');
  const { settings } = loadSettings({ home, variables: environment, flags: {} });
  const secrets = await readSecrets({ home, environment }, settings.secrets, 'all');
  return {
    environment,
    secret: (name) => secrets.value(name),
    hostsOf: (name) => secrets.hostsOf(name),
  };
}
