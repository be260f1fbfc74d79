// What clients may write: settings, and the row that stops a run.
export { putDefinition, removeDefinition, type NewDefinition } from './definitions/definitions.ts';
export {
  gatherDefinitions,
  loadConfiguration,
  readPolicyFile,
} from './definitions/load-configuration.ts';
export { putBlob } from './blobs/blobs.ts';
export { putStop, runScope } from './stops/stops.ts';
export { openDatabase, type Database } from './postgres/database.ts';
