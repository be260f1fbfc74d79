import type { PolicyProfile } from '../domain/policy/profile-schema.ts';
import type { ScannedPolicies } from './definitions/read-policies.ts';
import type { PolicyCases } from './definitions/read-policy-cases.ts';

// What clients may write: settings, texts that messages carry, and the row that stops a run.
export { putDefinition, removeDefinition } from './definitions/definitions.ts';
export { putBudget, removeBudget } from './budgets/budgets.ts';
export { appendTenantEvent } from './events/tenant-events.ts';
export { putTrust } from './trust/tool-trust.ts';
export { putBlob } from './blobs/blobs.ts';
export { putCancel } from './stops/stops.ts';
export { liftScopes, releaseRuns, stopScopes } from './stops/kill-switch.ts';
export { closeLetter, purgeLetters } from './dead-letters/change-letters.ts';
export { unnamePerson } from './retention/erase-person.ts';
export { eraseRuns } from './retention/erase-runs.ts';
export { isLockBusy } from './retention/lock-contents.ts';
export { prune } from './retention/prune.ts';
export { isStorageUnavailable, openDatabase, type Database } from './postgres/database.ts';
export { openIdentity, type Identity } from './identity/identity-file.ts';
export { keyIdOf } from './identity/proofs.ts';
export { changePeople, claimIdentity, putPerson, removePerson } from './identity/people.ts';
export { redeliver } from './notifications/notifications.ts';
export { putAcceptedMatch } from './playbooks/accepted-matches.ts';
export { putEmbeddings } from './playbooks/embeddings.ts';

export type { PolicyCases, ScannedPolicies };

/**
 * Reads one policy profile. What reads it is loaded only then: most that passes this door has to do with rows.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of each thing that does not fit.
 */
export async function readPolicyFile(path: string): Promise<PolicyProfile> {
  const file = await import('./definitions/policy-file.ts');
  return file.readPolicyFile(path);
}

/**
 * Reads a user's own cases for a policy.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of each thing that does not fit.
 */
export async function readPolicyCases(path: string): Promise<PolicyCases> {
  const file = await import('./definitions/read-policy-cases.ts');
  return file.readPolicyCases(path);
}

/**
 * Every preset, and every profile of the user by file name; files that do not fit apart.
 *
 * @throws {HoldfastError} invalid_argument when the folder cannot be read.
 */
export async function scanPolicies(
  home: string,
  settings: { readonly policiesFolder?: string | undefined },
): Promise<ScannedPolicies> {
  const policies = await import('./definitions/read-policies.ts');
  return policies.scanPolicies(policies.policiesFolderOf(home, settings));
}
