import type { Json } from '../../domain/json.ts';
import { hashJson } from '../hashing.ts';
import type { Executor } from '../postgres/database.ts';

/** Kinds of what can be configured and is pinned by runs. */
export type DefinitionKind = 'policy' | 'model' | 'chain' | 'person';

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

/**
 * Loads definitions: a new version where the body changed, and those of the kinds given that are not there any more
 * are marked as removed. Versions stay, because runs have pinned them. Returns how many are new or changed.
 */
export async function loadDefinitions(
  db: Executor,
  tenant: string,
  definitions: readonly NewDefinition[],
): Promise<number> {
  const current = await currentDefinitions(db, tenant);
  const known = new Map(current.map((each) => [`${each.kind}/${each.name}`, each]));
  const changed = definitions.filter(
    (each) => known.get(`${each.kind}/${each.name}`)?.hash !== hashJson(each.body),
  );
  for (const each of changed) {
    // One after the other: a handful of rows, at start only.
    await putDefinition(db, tenant, each);
  }
  const kept = new Set(definitions.map(({ kind, name }) => `${kind}/${name}`));
  // People are registered by command, never by a file.
  const gone = current.filter(
    ({ kind, name }) => kind !== 'person' && !kept.has(`${kind}/${name}`),
  );
  for (const { kind, name } of gone) {
    await removeDefinition(db, tenant, { kind, name });
  }
  return changed.length + gone.length;
}

/** Writes a new version of one definition. */
export async function putDefinition(
  db: Executor,
  tenant: string,
  { kind, name, body, origin }: NewDefinition,
): Promise<void> {
  await db
    .insertInto('definitions')
    .values((eb) => ({
      tenant,
      kind,
      name,
      version: eb
        .selectFrom('definitions')
        .select(eb.fn.coalesce(eb(eb.fn.max('version'), '+', 1), eb.lit(1)).as('version'))
        .where('tenant', '=', tenant)
        .where('kind', '=', kind)
        .where('name', '=', name),
      hash: hashJson(body),
      body: JSON.stringify(body),
      origin,
    }))
    .execute();
}

/** Marks a definition as removed; runs that pinned it keep it. */
export async function removeDefinition(
  db: Executor,
  tenant: string,
  { kind, name }: { readonly kind: DefinitionKind; readonly name: string },
): Promise<void> {
  await db
    .updateTable('definitions')
    .set({ removed_at: new Date() })
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .where('removed_at', 'is', null)
    .execute();
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
