import type { ScopedPolicy } from '../../domain/policy/judge.ts';
import type { PolicyProfile } from '../../domain/policy/profile-schema.ts';
import { scopeNames, type PolicyChoice } from '../../domain/policy/scopes.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import type { AgentRef } from '../../domain/run/run-input.ts';
import {
  readPolicyProfile,
  readPolicyVersions,
  type PolicyNames,
  type PolicyVersion,
} from '../../storage/definitions/current-policies.ts';
import type { Database } from '../../storage/postgres/database.ts';

/** Profiles that are kept in memory, by hash: they never change. */
const maxCached = 200;

/** The policies that a run works under. */
export interface PoliciesOfRun {
  readonly run: AgentRef;
  readonly pinned: PinnedDefinitions['policies'];
}

/**
 * Finds what was changed in the policies of a run since it began: whoever performs a call judges by that as well, so that
 * a mended rule protects runs that wait already. Which versions stand is asked each time; nothing here can be old.
 */
export class CurrentPolicies {
  readonly #db: Database;
  readonly #profiles = new Map<string, PolicyProfile>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The names to ask the versions of, of the wider scopes also where the run has pinned none. */
  names({ run, pinned }: PoliciesOfRun): PolicyNames {
    const names = scopeNames(choiceOf(run, pinned)).map(({ name }) => name);
    return { tenant: run.tenant, names };
  }

  /** The policies that are not what the run has pinned, widest scope first; empty when nothing changed. */
  async changed(policies: PoliciesOfRun): Promise<readonly ScopedPolicy[]> {
    return this.changedIn(policies, await readPolicyVersions(this.#db, this.names(policies)));
  }

  /** The same for versions that were read along with something else. */
  async changedIn(
    { run, pinned }: PoliciesOfRun,
    versions: readonly PolicyVersion[],
  ): Promise<readonly ScopedPolicy[]> {
    const hashes = new Map(versions.map(({ name, hash }) => [name, hash]));
    const known = new Set(pinned.map(({ scope, policy }) => `${scope} ${policy}`));
    const changed = scopeNames(choiceOf(run, pinned)).flatMap(({ scope, name }) => {
      const policy = hashes.get(name);
      return policy === undefined || known.has(`${scope} ${policy}`) ? [] : [{ scope, policy }];
    });
    return Promise.all(
      changed.map(async ({ scope, policy }) => {
        const profile = await this.#read(run.tenant, policy);
        return { scope, policy, profile, isChanged: true as const };
      }),
    );
  }

  async #read(tenant: string, hash: string): Promise<PolicyProfile> {
    const cached = this.#profiles.get(`${tenant}/${hash}`);
    if (cached !== undefined) return cached;
    const profile = await readPolicyProfile(this.#db, tenant, hash);
    if (profile === undefined) throw new Error(`the policy ${hash} vanished`);
    this.#profiles.set(`${tenant}/${hash}`, profile);
    const oldest = this.#profiles.keys().next();
    if (this.#profiles.size > maxCached && oldest.done !== true) {
      this.#profiles.delete(oldest.value);
    }
    return profile;
  }
}

function choiceOf({ project }: AgentRef, pinned: PoliciesOfRun['pinned']): PolicyChoice {
  const own = pinned.find(({ scope }) => scope === 'run');
  if (own === undefined) throw new Error('a run has pinned no policy of its own');
  return { project, policy: own.profile.name };
}
