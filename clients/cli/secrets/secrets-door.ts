/**
 * The secrets as the command line sees them: the store of the data folder and what the worker reported. No SQL is behind
 * it, so it comes without the database driver that the other doors of storage load.
 */
// oxlint-disable-next-line no-restricted-imports
export {
  putStoredSecret,
  removeStoredSecret,
  rotateSecretKey,
} from '../../../storage/secrets/secret-store.ts';
// oxlint-disable-next-line no-restricted-imports
export { readSecretReport } from '../../../storage/secrets/secret-report.ts';
