import type { Settings } from '../../../domain/settings/settings-schema.ts';
import { resolveKey, type KeySources } from '../../model/resolve-key.ts';
import type { RemoteCredential } from './remote-repository.ts';

/**
 * How a push names itself to a host; undefined when no setting says so.
 * @throws {HoldfastError} dependency_missing when the secret is not on this worker.
 */
export function gitCredential(
  settings: Settings['gitCredentials'],
  host: string,
  sources: KeySources,
): RemoteCredential | undefined {
  const set = settings.find((each) => each.host === host);
  const password = resolveKey(set?.password, sources);
  return set === undefined || password === undefined
    ? undefined
    : { username: set.username, password };
}
