import { normalisedRequest } from '../../domain/playbooks/match-playbook.ts';
import { hashText } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** A request to a repository, see `repositoryIdentity`. */
export interface MatchKey {
  readonly tenant: string;
  readonly repository: string;
  /** In words; what counts of it is its normalised form. */
  readonly request: string;
}

/** Path of the playbook that somebody accepted for a request; undefined when nobody did. */
export async function readAcceptedMatch(
  db: Executor,
  { tenant, repository, request }: MatchKey,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('playbook_matches')
    .select('playbook')
    .where('tenant', '=', tenant)
    .where('repository', '=', repository)
    .where('request', '=', hashText(normalisedRequest(request)))
    .executeTakeFirst();
  return row?.playbook;
}

/** Keeps that a request means a playbook, in the place of what it meant before. */
export async function putAcceptedMatch(
  db: Executor,
  { tenant, repository, request }: MatchKey,
  playbook: string,
): Promise<void> {
  const row = { playbook, at: new Date() };
  await db
    .insertInto('playbook_matches')
    .values({ tenant, repository, request: hashText(normalisedRequest(request)), ...row })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'repository', 'request']).doUpdateSet(row),
    )
    .execute();
}
