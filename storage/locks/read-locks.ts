import type { Executor } from '../postgres/database.ts';

/** One wish for a lock as readers get it. */
export interface LockWish {
  readonly name: string;
  readonly run_id: string;
  readonly call_id: string;
  readonly mode: string;
  readonly purpose: string;
  readonly asked_at: Date;
  readonly place: number | null;
  readonly fence: string | null;
  readonly granted_at: Date | null;
}

/** One lock and everybody who holds it or waits, holders first. */
export interface LockRow {
  readonly name: string;
  readonly lock_id: string;
  readonly fence: number;
  readonly wishes: readonly LockWish[];
}

/** Locks of a tenant that somebody holds or waits for, by name; with a name that lock, also when it is free. */
export async function readLocks(
  db: Executor,
  tenant: string,
  only?: string,
): Promise<readonly LockRow[]> {
  const wishes = await readWishes(db, tenant, only);
  const names = [
    ...new Set([...wishes.map(({ name }) => name), ...(only === undefined ? [] : [only])]),
  ];
  if (names.length === 0) return [];
  const locks = await db
    .selectFrom('locks')
    .select(['name', 'lock_id', 'fence'])
    .where('tenant', '=', tenant)
    .where('name', 'in', names)
    .orderBy('name')
    .execute();
  return locks.map((lock) => ({
    ...lock,
    fence: Number(lock.fence),
    wishes: wishes.filter(({ name }) => name === lock.name),
  }));
}

/** What a run waits for, with everybody who holds or waits for the same. */
export async function readWaits(
  db: Executor,
  tenant: string,
  runId: string,
): Promise<readonly LockRow[]> {
  const waits = await db
    .selectFrom('lock_requests')
    .select('name')
    .where('tenant', '=', tenant)
    .where('run_id', '=', runId)
    .where('place', 'is not', null)
    .execute();
  const rows = await Promise.all(waits.map(async ({ name }) => readLocks(db, tenant, name)));
  return rows.flat();
}

async function readWishes(
  db: Executor,
  tenant: string,
  only: string | undefined,
): Promise<readonly LockWish[]> {
  let query = db
    .selectFrom('lock_requests')
    .select([
      'name',
      'run_id',
      'call_id',
      'mode',
      'purpose',
      'asked_at',
      'place',
      'fence',
      'granted_at',
    ])
    .where('tenant', '=', tenant);
  if (only !== undefined) query = query.where('name', '=', only);
  return query
    .orderBy('name')
    .orderBy('place', (order) => order.asc().nullsFirst())
    .orderBy('fence')
    .execute();
}
