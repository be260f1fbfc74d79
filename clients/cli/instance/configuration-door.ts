/**
 * Settings and policies of the data folder, checked as a whole as an instance does when it starts. No SQL is behind it,
 * but more than most commands need.
 */
// oxlint-disable-next-line no-restricted-imports
export { readConfiguration } from '../../../storage/definitions/read-configuration.ts';
// oxlint-disable-next-line no-restricted-imports
export { policiesFolderOf, readPolicies } from '../../../storage/definitions/read-policies.ts';
