import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { HoldfastError } from '../../domain/failures.ts';
import { presets } from '../../domain/policy/presets.ts';
import type { PolicyProfile } from '../../domain/policy/profile-schema.ts';
import { errorCode } from '../home/process-identity.ts';
import { readPolicyFile } from './policy-file.ts';

/** Where the user's profiles are. */
export interface PoliciesFolder {
  readonly path: string;
  /** Somebody named it in the settings: then it has to be there. */
  readonly isNamed: boolean;
}

/** A profile and where it stands. */
interface FoundProfile {
  readonly profile: PolicyProfile;
  /** `built-in`, or the name of the file. */
  readonly origin: string;
}

/** A file of the policies folder that holds no profile. */
interface BrokenProfile {
  readonly file: string;
  readonly problem: HoldfastError;
}

/** Profiles, presets first, and the files that hold none. */
export interface ScannedPolicies {
  readonly profiles: readonly FoundProfile[];
  readonly broken: readonly BrokenProfile[];
}

/** The folder of the user's profiles: the one of the settings, else `policies` in the data folder. */
export function policiesFolderOf(
  home: string,
  { policiesFolder }: { readonly policiesFolder?: string | undefined },
): PoliciesFolder {
  return { path: policiesFolder ?? join(home, 'policies'), isNamed: policiesFolder !== undefined };
}

/**
 * Every preset, and every profile of the folder by file name; files that do not fit apart.
 *
 * @throws {HoldfastError} invalid_argument when the folder cannot be read.
 */
export function scanPolicies(folder: PoliciesFolder): ScannedPolicies {
  const profiles: FoundProfile[] = [...presets.values()].map((profile) => ({
    profile,
    origin: 'built-in',
  }));
  const broken: BrokenProfile[] = [];
  for (const file of policyFiles(folder)) {
    try {
      const profile = readPolicyFile(join(folder.path, file));
      assertOwnName(profile, file, profiles);
      profiles.push({ profile, origin: file });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      broken.push({ file, problem: error });
    }
  }
  return { profiles, broken };
}

/**
 * Every preset and every profile of the folder.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of what does not fit.
 */
export function readPolicies(folder: PoliciesFolder): readonly FoundProfile[] {
  const { profiles, broken } = scanPolicies(folder);
  const [first, ...more] = broken;
  if (first === undefined) return profiles;
  if (more.length === 0) throw first.problem;
  const lines = broken.map(({ problem }) => problem.message);
  throw new HoldfastError('invalid_argument', lines.join('\n'), {
    suggestion: 'mend the files; `holdfast policies list` checks them',
    fieldErrors: broken.flatMap(({ problem }) => problem.fieldErrors ?? []),
  });
}

function assertOwnName(
  { name }: PolicyProfile,
  file: string,
  known: readonly FoundProfile[],
): void {
  const same = known.find(({ profile }) => profile.name === name);
  if (same === undefined) return;
  const isPreset = presets.has(name);
  const message = isPreset
    ? `${file}: the preset "${name}" cannot be changed`
    : `${file}: ${same.origin} holds a profile named "${name}" as well`;
  throw new HoldfastError('invalid_argument', message, {
    suggestion: 'give your profile a name of its own',
  });
}

/** A folder above may be missing too; whoever makes the data folder tells that. */
const absentCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

function policyFiles({ path, isNamed }: PoliciesFolder): readonly string[] {
  try {
    return readdirSync(path)
      .filter((file) => /\.ya?ml$/.test(file))
      .toSorted();
  } catch (cause) {
    if (!isNamed && absentCodes.has(errorCode(cause) ?? '')) return [];
    // SAFETY: rules that cannot be read must not count as no rules.
    throw new HoldfastError(
      'invalid_argument',
      `the policies folder ${isNamed ? path : basename(path)} cannot be read`,
      { suggestion: 'mend its path or mode, or leave policiesFolder out of the settings', cause },
    );
  }
}
