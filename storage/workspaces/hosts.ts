import { sql } from 'kysely';

import type { Executor } from '../postgres/database.ts';

/** A host that has not been seen for this long holds its workspaces no more. Seconds, by the clock of the database. */
const deadAfterSeconds = 60;

/** Says that a host is alive and holds its workspaces. */
export async function renewHost(db: Executor, host: string): Promise<void> {
  await sql`
    insert into workspace_hosts (host, seen_at) values (${host}, now())
    on conflict (host) do update set seen_at = now()`.execute(db);
}

/** True when a host has been seen lately. */
export async function isHostAlive(db: Executor, host: string): Promise<boolean> {
  const { rows } = await sql`
    select from workspace_hosts
    where host = ${host} and seen_at > now() - make_interval(secs => ${deadAfterSeconds})`.execute(
    db,
  );
  return rows.length > 0;
}
