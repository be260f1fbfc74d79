/** What kept Ansible from opening an encrypted value. */
export type VaultFailure = 'vault_password_wrong' | 'vault_password_missing';

/** What Ansible says (its parsing/vault): no password that it was given fits; it was given none. */
const wrong = /Decryption failed|no vault secrets were found that could decrypt/i;
const missing = /Attempting to decrypt but no vault secrets found/i;

/** Tells from what Ansible printed whether a vault stayed closed; undefined when it says nothing of it. */
export function vaultFailure(output: string): VaultFailure | undefined {
  if (wrong.test(output)) return 'vault_password_wrong';
  return missing.test(output) ? 'vault_password_missing' : undefined;
}

/** The same in words for people; `vaults` are names of secrets by vault id. */
export function vaultFailureInWords(
  failure: VaultFailure,
  vaults: Readonly<Record<string, string>>,
): string {
  if (failure === 'vault_password_missing')
    return 'a value is encrypted, and no vault password was given: name a secret, as in # holdfast:vault=secret://NAME';
  const names = Object.entries(vaults).map(([id, name]) => `${id} (secret://${name})`);
  return `no password opens an encrypted value; those of ${names.join(', ')} were tried`;
}
