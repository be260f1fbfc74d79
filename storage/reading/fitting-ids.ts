import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';

/** Statement parts that look an id up by what a person typed of it. */
export interface IdSearch {
  /** The id ends or begins with it; `run/<tenant>/` may be left out. */
  readonly fits: RawBuilder<SqlBool>;
  /** Order in which ids fit: all of it, its last segments, its first ones, the others. As `bestFits` grades them. */
  readonly grade: RawBuilder<number>;
}

/** Builds the search over a column of ids. */
export function idSearch(column: Expression<string>, tenant: string, typed: string): IdSearch {
  const start = `run/${tenant}/${typed}`;
  const end = `/${typed}`;
  return {
    fits: sql<SqlBool>`(right(${column}, ${typed.length}) = ${typed} or starts_with(${column}, ${start}))`,
    grade: sql<number>`case when ${column} = ${start} then 0 when right(${column}, ${end.length}) = ${end} then 1 when starts_with(${column}, ${`${start}/`}) then 2 else 3 end`,
  };
}
