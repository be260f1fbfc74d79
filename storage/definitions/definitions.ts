import { sql } from 'kysely';

import type { Json } from '../../domain/json.ts';
import { hashJson } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** Kinds of what can be configured and is pinned by runs. */
export type DefinitionKind = 'policy' | 'model' | 'chain' | 'person';

/** Origin of what a command added, until the next start. */
const byCommand = 'command';

/** One definition as it is loaded: validated before. */
export interface NewDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly body: Json;
  /** `built-in` or the name of the file it came from. */
  readonly origin: string;
}

/** One definition as it stands. */
export interface Definition extends NewDefinition {
  readonly version: number;
  readonly hash: string;
}

/** Definitions to load. */
export interface LoadedDefinitions {
  readonly definitions: readonly NewDefinition[];
  /** At the start everything else is removed; while an instance runs, what a command added for a while stays. */
  readonly when: 'at-start' | 'while-running';
}

/**
 * Loads definitions: a new version where the body changed, and those of the kinds given that are not there any more
 * are marked as removed. Versions stay, because runs have pinned them. Returns what is new, changed or removed, such as
 * `model fast` and `policy old removed`.
 */
export async function loadDefinitions(
  db: Executor,
  tenant: string,
  { definitions, when }: LoadedDefinitions,
): Promise<readonly string[]> {
  const current = await currentDefinitions(db, tenant);
  const known = new Map(current.map((each) => [`${each.kind}/${each.name}`, each]));
  // People are registered by command, never by a file.
  const stays = (each: Definition | undefined): boolean =>
    each?.kind === 'person' || (when === 'while-running' && each?.origin === byCommand);
  const changed = definitions.filter((each) => {
    const before = known.get(`${each.kind}/${each.name}`);
    return !stays(before) && before?.hash !== hashJson(each.body);
  });
  for (const each of changed) {
    // One after the other: a handful of rows, hardly ever.
    await putDefinition(db, tenant, each);
  }
  const kept = new Set(definitions.map(({ kind, name }) => `${kind}/${name}`));
  const gone = current.filter((each) => !stays(each) && !kept.has(`${each.kind}/${each.name}`));
  for (const { kind, name } of gone) {
    await removeDefinition(db, tenant, { kind, name });
  }
  return [
    ...changed.map(({ kind, name }) => `${kind} ${name}`),
    ...gone.map(({ kind, name }) => `${kind} ${name} removed`),
  ];
}

/** Writes a new version of one definition, and that it changed: one statement. `by` is `holdfast` when nobody is named. */
export async function putDefinition(
  db: Executor,
  tenant: string,
  { kind, name, body, origin, by = 'holdfast' }: NewDefinition & { readonly by?: string },
): Promise<void> {
  const hash = hashJson(body);
  await sql`
    with put as (
      insert into definitions (tenant, kind, name, version, hash, body, origin)
      select ${tenant}, ${kind}, ${name}, coalesce(max(version) + 1, 1), ${hash}, ${JSON.stringify(body)}::json, ${origin}
      from definitions where tenant = ${tenant} and kind = ${kind} and name = ${name}
      returning tenant, kind, name, version, hash)
    insert into outbox (tenant, run_id, position, kind, at, actor, subject, digest)
    select tenant, '', concat(kind, '/', name, '/v', version), 'definition.changed', now(), ${by},
      concat(kind, ' ', name, ' v', version), hash from put`.execute(db);
}

/** Marks a definition as removed, and says so; runs that pinned it keep it. `by` is `holdfast` when nobody is named. */
export async function removeDefinition(
  db: Executor,
  tenant: string,
  {
    kind,
    name,
    by = 'holdfast',
  }: { readonly kind: DefinitionKind; readonly name: string; readonly by?: string },
): Promise<void> {
  await sql`
    with removed as (
      update definitions set removed_at = now()
      where tenant = ${tenant} and kind = ${kind} and name = ${name} and removed_at is null
      returning version)
    insert into outbox (tenant, run_id, position, kind, at, actor, subject, digest)
    select ${tenant}, '', concat(${kind}::text, '/', ${name}::text, '/v', max(version)), 'definition.removed', now(),
      ${by}, concat(${kind}::text, ' ', ${name}::text, ' v', max(version)), '' from removed
    having count(*) > 0
    on conflict do nothing`.execute(db);
}

/** The newest version of each definition that was not removed, by kind and name. */
export async function currentDefinitions(
  db: Executor,
  tenant: string,
  kind?: DefinitionKind,
): Promise<readonly Definition[]> {
  const rows = await db
    .selectFrom('definitions')
    .distinctOn(['kind', 'name'])
    .select(['kind', 'name', 'version', 'hash', 'body', 'origin', 'removed_at'])
    .where('tenant', '=', tenant)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
    .orderBy('kind')
    .orderBy('name')
    .orderBy('version', 'desc')
    .execute();
  return rows
    .filter((row) => row.removed_at === null)
    .map((row) => ({
      kind: row.kind as DefinitionKind,
      name: row.name,
      version: row.version,
      hash: row.hash,
      body: row.body as Json,
      origin: row.origin,
    }));
}
