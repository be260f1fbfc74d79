import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import { isReloadReport, type ReloadReport } from '../../domain/settings/reload-report.ts';
import { homePaths } from './home-paths.ts';

/** Reads what came of the newest reload; undefined when there was none, or when the file says nothing. */
export function readReloadReport(home: string): ReloadReport | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(homePaths(home).reloadReport, 'utf8'));
    return isReloadReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes what came of a reload whole (mode 0600, by rename). */
export function writeReloadReport(home: string, report: ReloadReport): void {
  const path = homePaths(home).reloadReport;
  writeFileSync(`${path}.new`, `${JSON.stringify(report)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
