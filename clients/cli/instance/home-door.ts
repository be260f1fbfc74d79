/**
 * The data folder as the command line sees it: who runs here, and the user's settings. No SQL is behind it, so it
 * comes without the database driver that the other doors of storage load.
 */
// oxlint-disable-next-line no-restricted-imports
export { endLeftovers } from '../../../storage/home/end-leftovers.ts';
// oxlint-disable-next-line no-restricted-imports
export { homePaths } from '../../../storage/home/home-paths.ts';
// oxlint-disable-next-line no-restricted-imports
export { readInstance } from '../../../storage/home/instance-record.ts';
// oxlint-disable-next-line no-restricted-imports
export { isProcessAlive } from '../../../storage/home/process-identity.ts';
// oxlint-disable-next-line no-restricted-imports
export { readReloadReport } from '../../../storage/home/reload-report.ts';
// oxlint-disable-next-line no-restricted-imports
export { loadSettings } from '../../../storage/home/settings-file.ts';
