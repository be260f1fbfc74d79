import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

import { Client } from 'pg';

/** Something that was written, by where it stands. */
export interface Written {
  readonly where: string;
  readonly bytes: Buffer;
}

/** Every file below a folder; objects of git are opened. Sockets and what vanishes meanwhile are left out. */
export function* filesBelow(folder: string): Generator<Written> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) yield* filesBelow(path);
    if (stats?.isFile() !== true) continue;
    const bytes = readFileSync(path);
    yield { where: path, bytes };
    if (/\/objects\/[0-9a-f]{2}\/[0-9a-f]{38}$/.test(path)) {
      yield { where: `${path} (opened)`, bytes: inflateSync(bytes) };
    }
  }
}

/** Every row of every table, columns of bytes as they are. */
export async function rowsOfAllTables(databaseUrl: string): Promise<readonly Written[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    const written: Written[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<Record<string, unknown>>(`select * from "${name}"`);
      for (const row of rows) {
        const cells = Object.values(row).map((cell) =>
          Buffer.isBuffer(cell) ? cell : Buffer.from(JSON.stringify(cell) ?? ''),
        );
        written.push({ where: `table ${name}`, bytes: Buffer.concat(cells) });
      }
    }
    return written;
  } finally {
    await client.end();
  }
}

/** How a secret may be written, plainly or in a way that anybody can undo. */
export function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const cores = [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const core = encoded.slice(before === 0 ? 0 : before + 1, -4);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...cores,
    ]),
  ];
}
