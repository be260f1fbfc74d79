import { readdirSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import type { ScopedPolicy } from '../../../domain/policy/judge.ts';
import { presets } from '../../../domain/policy/presets.ts';
import type { PolicyProfile } from '../../../domain/policy/profile-schema.ts';
import { gatherScopes } from '../../../domain/policy/scopes.ts';
import { nearestName } from '../../../domain/settings/nearest-name.ts';
import { hashJson } from '../../../storage/hashing.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';

/** A profile and where it stands. */
export interface FoundProfile {
  readonly profile: PolicyProfile;
  /** `built-in`, or the file. */
  readonly origin: string;
}

/** A file of the policies folder that holds no profile. */
export interface BrokenProfile {
  readonly file: string;
  readonly problem: HoldfastError;
}

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
export async function allProfiles(context: CommandContext): Promise<{
  readonly profiles: readonly FoundProfile[];
  readonly broken: readonly BrokenProfile[];
}> {
  const folder = policiesFolder(context);
  const profiles: FoundProfile[] = [...presets.values()].map((profile) => ({
    profile,
    origin: 'built-in',
  }));
  const broken: BrokenProfile[] = [];
  for (const file of policyFiles(folder)) {
    try {
      profiles.push({ profile: await profileInFile(context, join(folder, file)), origin: file });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      broken.push({ file, problem: error });
    }
  }
  return { profiles, broken };
}

function policiesFolder({ home, environment: variables }: CommandContext): string {
  const { settings } = loadSettings({ home, variables, flags: {} });
  return settings.policiesFolder ?? join(home, 'policies');
}

function policyFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.ya?ml$/.test(file))
      .toSorted();
  } catch {
    return [];
  }
}
