// What clients may write: settings, texts that messages carry, and the row that stops a run.
export { putDefinition } from './definitions/definitions.ts';
export { readPolicyFile } from './definitions/load-configuration.ts';
export { readPolicyCases, type PolicyCases } from './definitions/read-policy-cases.ts';
export { putBudget, removeBudget } from './budgets/budgets.ts';
export { putBlob } from './blobs/blobs.ts';
export { putStop, runScope } from './stops/stops.ts';
export { openDatabase, type Database } from './postgres/database.ts';
export { openIdentity, type Identity } from './identity/identity-file.ts';
export { keyIdOf } from './identity/proofs.ts';
export { changePeople, claimIdentity, putPerson, removePerson } from './identity/people.ts';
