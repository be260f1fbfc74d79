/** Time between two reports of a host, in milliseconds. */
const reportMs = 30_000;
/** First wait after a report that failed, doubled with each further one, in milliseconds. */
const firstRetryMs = 1_000;

/** Wait before the next report after some failures in a row, in milliseconds; never longer than between two that arrive. */
export function nextReportMs(failures: number): number {
  if (failures === 0) return reportMs;
  return Math.min(reportMs, firstRetryMs * 2 ** Math.min(failures - 1, 10));
}
