import { parse, resolve } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import type { ScopedPolicy } from '../../../domain/policy/judge.ts';
import { presets } from '../../../domain/policy/presets.ts';
import type { PolicyProfile } from '../../../domain/policy/profile-schema.ts';
import { gatherScopes } from '../../../domain/policy/scopes.ts';
import { nearestName } from '../../../domain/settings/nearest-name.ts';
import type { ScannedPolicies } from '../../../storage/administration.ts';
import { hashJson } from '../../../storage/hashing.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';

/** The name of the policy that counts when nobody names one. */
export function usualPolicy({ home, environment: variables }: CommandContext): string {
  return loadSettings({ home, variables, flags: {} }).settings.policy;
}

/**
 * The profile of a name: a preset, else one of the policies folder.
 *
 * @throws {HoldfastError} not_found with the nearest name; invalid_argument with line and column for a broken file.
 */
export async function profileNamed(context: CommandContext, name: string): Promise<PolicyProfile> {
  const preset = presets.get(name);
  if (preset !== undefined) return preset;
  const { profiles, broken } = await allProfiles(context);
  const found = profiles.find(({ profile }) => profile.name === name);
  if (found !== undefined) return found.profile;
  // The name may well stand in a file that cannot be read, most likely in one that is called like it.
  const unread = broken.find(({ file }) => parse(file).name === name) ?? broken[0];
  if (unread !== undefined) throw unread.problem;
  const names = profiles.map(({ profile }) => profile.name);
  const nearest = nearestName(name, names);
  throw new HoldfastError('not_found', `there is no policy "${name}"`, {
    suggestion:
      nearest === undefined ? `there are: ${names.join(', ')}` : `did you mean ${nearest}?`,
  });
}

/**
 * The policies that count for a run of a project with this profile, widest scope first, as the run would pin them.
 *
 * @throws {HoldfastError} invalid_argument for a broken file: it may hold a policy that counts too.
 */
export async function scopesWith(
  context: CommandContext,
  own: PolicyProfile,
  project: string,
): Promise<readonly ScopedPolicy[]> {
  const { profiles, broken } = await allProfiles(context);
  const [unread] = broken;
  if (unread !== undefined) throw unread.problem;
  const known = new Map(profiles.map(({ profile }) => [profile.name, profile]));
  return gatherScopes({ policy: own.name, project }, ({ scope, name }) => {
    const profile = scope === 'run' ? own : known.get(name);
    return profile === undefined ? undefined : { profile, policy: hashJson(profile) };
  });
}

/**
 * The profile in a file.
 *
 * @throws {HoldfastError} invalid_argument with line and column of each thing that does not fit.
 */
export async function profileInFile(
  { workingFolder }: CommandContext,
  path: string,
): Promise<PolicyProfile> {
  const { readPolicyFile } = await import('../../../storage/administration.ts');
  return readPolicyFile(resolve(workingFolder, path));
}

/** Every preset, and every profile of the policies folder by file name. */
export async function allProfiles({
  home,
  environment: variables,
}: CommandContext): Promise<ScannedPolicies> {
  const { settings } = loadSettings({ home, variables, flags: {} });
  const { scanPolicies } = await import('../../../storage/administration.ts');
  return scanPolicies(home, settings);
}
