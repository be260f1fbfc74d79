import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';

/** Different statements that are kept by a process; each connection holds them on the server. More go unprepared. */
const maxStatements = 100;

/**
 * Lets every statement be parsed and planned once for each connection instead of each time: for a process that lives long
 * and says the same again and again.
 */
export function preparingPool(pool: Pool): PostgresPool {
  const names = new Map<string, string>();
  // The same wrapper for the same connection: that is how the query builder knows it again.
  const known = new WeakMap<PoolClient, PostgresPoolClient>();
  return {
    connect: async () => {
      const client = await pool.connect();
      const wrapped = known.get(client) ?? preparing(client, names);
      known.set(client, wrapped);
      return wrapped;
    },
    end: () => pool.end(),
  };
}

function preparing(client: PoolClient, names: Map<string, string>): PostgresPoolClient {
  let isOutdated = false;
  const query = async (
    text: string,
    values: readonly unknown[],
  ): Promise<PostgresQueryResult<unknown>> => {
    const name = nameOf(text, names);
    const statement = { text, values: [...values], ...(name === undefined ? {} : { name }) };
    try {
      // The driver knows no more than that the command is a text.
      return (await client.query(statement)) as PostgresQueryResult<unknown>;
    } catch (error) {
      // A migration changed a table under a statement: whoever tries again gets another connection.
      if (isPlanOutdated(error)) isOutdated = true;
      throw error;
    }
  };
  return {
    // Cursors are never asked for.
    query: query as PostgresPoolClient['query'],
    release: () => client.release(isOutdated),
  };
}

function nameOf(text: string, names: Map<string, string>): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= maxStatements) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** SQLSTATE 0A000: the plan of a prepared statement does not fit its tables any more. */
function isPlanOutdated(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '0A000';
}
