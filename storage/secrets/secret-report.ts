import {
  secretReportSchema,
  type SecretReport,
} from '../../domain/secrets/secret-report-schema.ts';
import { homePaths } from '../home/home-paths.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** Writes down which secrets the worker of a data folder holds, so that commands can tell. */
export function writeSecretReport(home: string, report: SecretReport): void {
  writePrivateFile(homePaths(home).secretReport, report);
}

/** What the worker of a data folder found last; undefined when none ever ran. */
export function readSecretReport(home: string): SecretReport | undefined {
  return readPrivateFile(homePaths(home).secretReport, secretReportSchema);
}
