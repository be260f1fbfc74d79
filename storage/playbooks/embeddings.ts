import type { Executor } from '../postgres/database.ts';

/** Embeddings of one model by the hash of their text; those that nobody asked for are left out. */
export async function readEmbeddings(
  db: Executor,
  { tenant, model }: { readonly tenant: string; readonly model: string },
  contents: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  if (contents.length === 0) return new Map();
  const rows = await db
    .selectFrom('playbook_embeddings')
    .select(['content', 'vector'])
    .where('tenant', '=', tenant)
    .where('model', '=', model)
    .where('content', 'in', contents)
    .execute();
  return new Map(
    rows.flatMap(({ content, vector }) => (isVector(vector) ? [[content, vector] as const] : [])),
  );
}

/** Keeps embeddings of one model; what is there under the same hash is replaced. */
export async function putEmbeddings(
  db: Executor,
  { tenant, model }: { readonly tenant: string; readonly model: string },
  embeddings: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  if (embeddings.size === 0) return;
  await db
    .insertInto('playbook_embeddings')
    .values(
      [...embeddings].map(([content, vector]) => ({
        tenant,
        model,
        content,
        vector: JSON.stringify(vector),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'model', 'content'])
        .doUpdateSet((row) => ({ vector: row.ref('excluded.vector') })),
    )
    .execute();
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'number');
}
