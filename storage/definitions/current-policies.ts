import { sql, type RawBuilder } from 'kysely';

import { policyProfileSchema, type PolicyProfile } from '../../domain/policy/profile-schema.ts';
import type { Executor } from '../postgres/database.ts';

/** Which policies are looked for. */
export interface PolicyNames {
  readonly tenant: string;
  readonly names: readonly string[];
}

/** A policy as it stands now. */
export interface PolicyVersion {
  readonly name: string;
  /** Hash of the profile. */
  readonly hash: string;
}

/** The policies of these names as they stand now, as a column of any query: it costs no way to the database of its own. */
export function policyVersions({
  tenant,
  names,
}: PolicyNames): RawBuilder<readonly PolicyVersion[]> {
  return sql<readonly PolicyVersion[]>`(
    select coalesce(json_agg(json_build_object('name', newest.name, 'hash', newest.hash)), '[]'::json)
    from (
      select distinct on (name) name, hash, removed_at from definitions
      where tenant = ${tenant} and kind = 'policy' and name = any(${[...names]})
      order by name, version desc) as newest
    where newest.removed_at is null)`;
}

/** The policies of these names as they stand now; those that are not configured are left out. */
export async function readPolicyVersions(
  db: Executor,
  names: PolicyNames,
): Promise<readonly PolicyVersion[]> {
  const { rows } = await sql<{
    readonly versions: readonly PolicyVersion[];
  }>`select ${policyVersions(names)} as versions`.execute(db);
  return rows[0]?.versions ?? [];
}

/** The profile with this hash; undefined when no version of any policy has it. */
export async function readPolicyProfile(
  db: Executor,
  tenant: string,
  hash: string,
): Promise<PolicyProfile | undefined> {
  const row = await db
    .selectFrom('definitions')
    .select('body')
    .where('tenant', '=', tenant)
    .where('kind', '=', 'policy')
    .where('hash', '=', hash)
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : policyProfileSchema.parse(row.body);
}
