/** What came of one kill. */
export interface KillResult {
  readonly point: string;
  readonly ended: boolean;
  /** Effects or answered model calls that happened twice without anybody having said so. */
  readonly repeated: number;
  /** Effects whose outcome nobody could tell; a person settled them. */
  readonly unknown: number;
}

/** Sums kills up by the point at which they came, as text with one line for each. */
export function killTable(results: readonly KillResult[]): string {
  const points = [...new Set(results.map(({ point }) => point))];
  const lines = points.map((point) => {
    const of = results.filter((result) => result.point === point);
    const sum = (count: (result: KillResult) => number): number =>
      of.reduce((total, result) => total + count(result), 0);
    const cells = [
      of.length,
      sum(({ ended }) => Number(ended)),
      sum((result) => result.repeated),
      sum((result) => result.unknown),
    ];
    return `${point.padEnd(20)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
  });
  const heads = ['kills', 'ended', 'repeated', 'unknown'];
  const head = `${'phase'.padEnd(20)}${heads.map((name) => name.padStart(10)).join('')}`;
  return ['', head, ...lines, ''].join('\n');
}
