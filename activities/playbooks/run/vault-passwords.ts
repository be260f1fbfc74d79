import { join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import type { SecretSnapshot } from '../../secrets/secret-snapshot.ts';

/** How the passwords of a run's vaults get to Ansible. */
export interface VaultPasswords {
  /** By vault id: the file that holds the password, as the command sees it. */
  readonly files: Readonly<Record<string, string>>;
  /** What the command reads on its standard input: a password a line, in base64, in the order of the files. */
  readonly input: string;
}

/** In memory, seen by this one command, and gone with its sandbox. */
const folder = '/tmp/holdfast-vaults';

/**
 * Makes the files out of the standard input, before Ansible starts: the passwords are in no argument, in no variable that
 * tasks on the control node would inherit, and on no disk.
 */
export const writeVaultFiles = [
  'umask 077',
  `mkdir ${folder}`,
  'at=0',
  `while read -r line; do printf %s "$line" | base64 -d >${folder}/$at; at=$((at + 1)); done`,
  'exec </dev/null',
  'umask 022',
].join(' && ');

/**
 * Takes the passwords of vaults out of the secrets. `vaults` are names of secrets by vault id.
 * @throws {HoldfastError} dependency_missing that names the secret; access_denied for one that is not for vaults.
 */
export async function vaultPasswords(
  vaults: Readonly<Record<string, string>>,
  secrets: () => Promise<Pick<SecretSnapshot, 'value' | 'opensVaults'>>,
): Promise<VaultPasswords> {
  const wanted = Object.entries(vaults);
  if (wanted.length === 0) return { files: {}, input: '' };
  const snapshot = await secrets();
  const passwords = wanted.map(([, name]) => {
    const password = snapshot.value(name);
    // SAFETY: a repository names the secret, so the secret itself says that it is for vaults.
    if (!snapshot.opensVaults(name)) throw notForVaults(name);
    return password;
  });
  return {
    files: Object.fromEntries(wanted.map(([id], index) => [id, join(folder, String(index))])),
    input: passwords
      .map((password) => `${Buffer.from(password, 'utf8').toString('base64')}\n`)
      .join(''),
  };
}

function notForVaults(name: string): HoldfastError {
  return new HoldfastError('access_denied', `the secret ${name} is not for vaults of playbooks`, {
    suggestion: `allow it in holdfast.yaml: secrets: {${name}: {vault: true}}`,
  });
}
