/** What came of one run under a fault. */
export interface Struck {
  readonly fault: string;
  readonly moment: string;
  readonly hasEnded: boolean;
  /** Effects that were found more often than anybody knows of. */
  readonly repeated: number;
  /** Effects that are missing although the run says that they happened. */
  readonly lost: number;
  /** Effects whose outcome nobody could tell; a person settled them. */
  readonly unknown: number;
  /** The run said that it could not go on by itself; a person cancelled it. */
  readonly hasGivenUp: boolean;
}

const columns = {
  runs: () => 1,
  ended: (one: Struck) => Number(one.hasEnded),
  repeated: (one: Struck) => one.repeated,
  lost: (one: Struck) => one.lost,
  unknown: (one: Struck) => one.unknown,
  'gave up': (one: Struck) => Number(one.hasGivenUp),
};

/** Sums runs up by the kind of fault and by its moment, as text with one line for each, and one for all. */
export function faultTable(all: readonly Struck[]): string {
  const heads = Object.keys(columns).map((name) => name.padStart(10));
  const rows = (['fault', 'moment'] as const).flatMap((by) => [
    `${by.padEnd(24)}${heads.join('')}`,
    ...[...new Set(all.map((one) => one[by]))].map((name) =>
      rowOf(
        name,
        all.filter((one) => one[by] === name),
      ),
    ),
    '',
  ]);
  return ['', ...rows, rowOf('all', all), ''].join('\n');
}

function rowOf(name: string, of: readonly Struck[]): string {
  const sums = Object.values(columns).map((count) => of.reduce((sum, one) => sum + count(one), 0));
  return `${name.padEnd(24)}${sums.map((sum) => String(sum).padStart(10)).join('')}`;
}
