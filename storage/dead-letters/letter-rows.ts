import { sql, type RawBuilder } from 'kysely';

/**
 * The table of a statement that writes the letters among fresh events: `fresh` has `tenant`, `seq` and `row`, and
 * `row->'letter'` is null where there is none. The id is made of the place that the letter tells of, so the same thing
 * given up again is the same letter, open again.
 */
export function letterTable(runId: string): RawBuilder<unknown> {
  return sql`
    letters as (
      insert into dead_letters as known (letter_id, tenant, kind, run_id, project, step_id, tool, digest, args, args_blob,
        code, message, retries)
      select ${letterId(sql`fresh.tenant || ' ' || step.id`)}, fresh.tenant, letter->>'kind', ${runId},
        (select project from runs where run_id = ${runId}), step.id, letter->>'tool', letter->>'digest',
        letter->'args', letter->>'argsBlob', letter->>'code', letter->>'message', (letter->>'retries')::int
      from fresh
        cross join lateral (select row->'letter' as letter) as given
        cross join lateral (select coalesce(letter->>'stepId', ${runId} || '#' || seq) as id) as step
      where json_typeof(letter) = 'object'
      on conflict (letter_id) do update set code = excluded.code, message = excluded.message,
        retries = known.retries + excluded.retries, state = 'open', closed_at = null, created_at = now())`;
}

/** Sixteen hexadecimal digits of SHA-256: short enough to type. */
function letterId(text: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 16)`;
}
