import { sql } from 'kysely';

import { isJsonList, type Json } from '../../domain/json.ts';
import { erasedName } from '../../domain/retention/retention.ts';
import { tellErasure, trueErasures } from '../audit/erasures.ts';
import type { Database, Executor } from '../postgres/database.ts';

/** A person whose name is taken out of what stays. */
export interface NamedPerson {
  readonly tenant: string;
  readonly name: string;
  readonly by: string;
  /** Names the erasure in the audit; another one each time. */
  readonly erasure: string;
}

/** What a person's name was taken out of. */
export interface Unnamed {
  readonly records: number;
  readonly rows: number;
}

/**
 * Takes a person's name, and the words that came with it, out of everything that stays: one transaction. Rows of runs that
 * are not over stay as they are, because decisions of theirs are still held against it.
 */
export async function unnamePerson(db: Database, person: NamedPerson): Promise<Unnamed> {
  return db.transaction().execute(async (tx) => {
    const records = await unnameAudit(tx, person);
    const changed = [
      await changeRows(tx, person),
      await changeUndos(tx, person),
      await changeDecisions(tx, person),
      await changeEvents(tx, person),
      await changePins(tx, person),
      await forgetVersions(tx, person),
    ];
    return { records, rows: changed.reduce((sum, count) => sum + count, 0) };
  });
}

/** How many records of the audit name a person. */
export async function countNamed(
  db: Executor,
  { tenant, name }: Pick<NamedPerson, 'tenant' | 'name'>,
): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from audit where tenant = ${tenant} and ${naming(name)}`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

const ofActor = (name: string) => sql`(actor = ${name} or starts_with(actor, ${`${name} via `}))`;

/** What the register says of a person: added, changed, removed. */
const ofSubject = (name: string) => sql`starts_with(subject, ${`person ${name} v`})`;

const naming = (name: string) => sql`(${ofActor(name)} or ${ofSubject(name)})`;

/** Columns of the outbox and of the audit without the name. */
function unnamed(name: string) {
  const behind = `person ${name}`.length + 1;
  return sql`
    actor = case when ${ofActor(name)} then ${erasedName} || substr(actor, ${name.length + 1}) else actor end,
    subject = case when ${ofSubject(name)} then ${`person ${erasedName}`} || substr(subject, ${behind}) else subject end`;
}

/**
 * The records keep their hashes, so the chain goes on through them. A record of the chain itself says which they are and
 * what they look like now: whoever changes them once more is found.
 */
async function unnameAudit(
  tx: Executor,
  { tenant, name, by, erasure }: NamedPerson,
): Promise<number> {
  // Whoever makes the chain longer holds this row, and reads the outbox before.
  await sql`select from audit_heads where tenant = ${tenant} for update`.execute(tx);
  const position = sql`case when ${ofSubject(name)} then concat('person/', ${erasure}::text, '/', id) else position end`;
  await sql`
    update outbox set ${unnamed(name)}, position = ${position}
    where tenant = ${tenant} and ${naming(name)}`.execute(tx);
  const others = await trueErasures(tx, tenant, await erasuresNaming(tx, tenant, name));
  const { numAffectedRows = 0n } = await sql`
    update audit set ${unnamed(name)}, erasure = ${erasure}
    where tenant = ${tenant} and ${naming(name)}
      and (erasure is null or erasure = any(${[...others]}::text[]))`.execute(tx);
  if (numAffectedRows === 0n) return 0;
  const told = { tenant, by: by === name ? erasedName : by };
  await tellErasure(tx, { ...told, erasure, position: erasure });
  for (const other of others) {
    await tellErasure(tx, { ...told, erasure: other, position: `${other} behind ${erasure}` });
  }
  return Number(numAffectedRows);
}

/** Erasures of somebody else, whose records name this person too. */
async function erasuresNaming(
  tx: Executor,
  tenant: string,
  name: string,
): Promise<readonly string[]> {
  const { rows } = await sql<{ erasure: string }>`
    select distinct erasure from audit
    where tenant = ${tenant} and erasure is not null and ${naming(name)}`.execute(tx);
  return rows.map(({ erasure }) => erasure);
}

/** Columns with a name, and the words of that person beside it. */
const named = [
  ['runs', 'requested_by', undefined],
  ['effects', 'settled_by', 'settled_reason'],
  ['stops', 'by_whom', 'reason'],
  ['stop_history', 'by_whom', 'reason'],
  ['budget_history', 'by_whom', undefined],
  ['tool_trust', 'by_whom', undefined],
] as const;

async function changeRows(tx: Executor, { tenant, name }: NamedPerson): Promise<number> {
  let count = 0;
  for (const [table, column, words] of named) {
    const more = words === undefined ? sql`` : sql`, ${sql.ref(words)} = ''`;
    const { numAffectedRows = 0n } = await sql`
      update ${sql.table(table)} as changed set ${sql.ref(column)} = ${erasedName} ${more}
      where tenant = ${tenant} and ${sql.ref(column)} = ${name} ${table === 'runs' ? sql`and ended_at is not null` : sql``}`.execute(
      tx,
    );
    count += Number(numAffectedRows);
  }
  const { numAffectedRows = 0n } = await sql`
    update tenant_events set actor = ${erasedName}, data = case when type like 'kill-switch.%'
      then json_build_object('scope', data->'scope', 'reason', '') else data end
    where tenant = ${tenant} and actor = ${name}`.execute(tx);
  return count + Number(numAffectedRows);
}

/** Nothing is held against the pins of a run that is over. */
async function changePins(tx: Executor, { tenant, name }: NamedPerson): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update runs set pins = (pins::jsonb - 'requestedBy')::json
    where tenant = ${tenant} and pins->>'requestedBy' = ${name} and ended_at is not null`.execute(
    tx,
  );
  return Number(numAffectedRows);
}

/** Takes away what the register kept of a person, but for the entry of one who is still registered. */
async function forgetVersions(tx: Executor, { tenant, name }: NamedPerson): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from definitions as old
    where tenant = ${tenant} and kind = 'person' and name = ${name} and (removed_at is not null or version < (
      select max(version) from definitions where tenant = ${tenant} and kind = 'person' and name = old.name))`.execute(
    tx,
  );
  return Number(numAffectedRows);
}

/** Who ordered that an effect is taken back; one that is under way needs the name still. */
async function changeUndos(tx: Executor, { tenant, name }: NamedPerson): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update effects set before = (before::jsonb || jsonb_build_object('by', ${erasedName}::text))::json
    where tenant = ${tenant} and undoes is not null and state <> 'intent' and before->>'by' = ${name}`.execute(
    tx,
  );
  return Number(numAffectedRows);
}

const ofEndedRun = sql`run_id not in (select run_id from runs where ended_at is null)`;

async function changeDecisions(tx: Executor, { tenant, name }: NamedPerson): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update decisions set reason = null,
      by_whom = case when by_whom = ${name} then ${erasedName} else by_whom end,
      claimed = case when claimed = ${name} then ${erasedName} else claimed end
    where tenant = ${tenant} and ${name} in (by_whom, claimed) and ${ofEndedRun}`.execute(tx);
  return Number(numAffectedRows);
}

interface EventRow {
  readonly run_id: string;
  readonly seq: number;
  readonly data: Json;
}

async function changeEvents(tx: Executor, { tenant, name }: NamedPerson): Promise<number> {
  const written = JSON.stringify(name);
  const { rows } = await sql<EventRow>`
    select run_id, seq, data from events
    where tenant = ${tenant} and position(${written} in data::text) > 0 and ${ofEndedRun}`.execute(
    tx,
  );
  for (const { run_id: runId, seq, data } of rows) {
    const clean = JSON.stringify(without(data, name));
    await sql`
      update events set data = ${clean}::json where run_id = ${runId} and seq = ${seq}`.execute(tx);
  }
  return rows.length;
}

/** Values that are the name become the mark, and the reason that stands beside one goes. */
function without(value: Json, name: string): Json {
  if (value === name) return erasedName;
  if (value === null || typeof value !== 'object') return value;
  if (isJsonList(value)) return value.map((part) => without(part, name));
  const isTheirs = Object.values(value).includes(name);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      isTheirs && key === 'reason' ? '' : without(part, name),
    ]),
  );
}
