// What clients may read.
export { readAllCalls, readCallAudit } from './audit/read-calls.ts';
export {
  readChain,
  readCheckpoints,
  readHeadSeq,
  queryAudit,
  queryFailures,
} from './audit/read-audit.ts';
export { gitReader } from './audit/outcome-queue.ts';
export { verifyChain, type ChainFault, type ChainReport } from './audit/verify-chain.ts';
export { readAuditPublicKey, readKeptCheckpoint } from './home/audit-key.ts';
export { readTrust } from './trust/tool-trust.ts';
export { readTenantEvents } from './events/tenant-events.ts';
export { readRuns, readRun, findRunIds, type RunRow } from './reading/run-reader.ts';
export { readEvents, readDeltas, type DeltaRow } from './reading/event-reader.ts';
export {
  readInbox,
  readApproval,
  findApprovalIds,
  readDecisions,
  type ApprovalRow,
} from './reading/approval-reader.ts';
export { readChanges, type RecordedChange } from './playbook-applies/playbook-applies.ts';
export { readEffects, readEffect, findEffectIds, type EffectRow } from './reading/effect-reader.ts';
export {
  getCall as readPreparedCall,
  callBefore as readCallBefore,
  newestCall as readNewestCall,
  type StoredCall,
} from './calls/prepared-calls.ts';
export { readBytes, readPatch, readText } from './reading/blob-reader.ts';
export { readRunCalls } from './reading/call-reader.ts';
export { readConversation } from './reading/conversation-reader.ts';
export { readLastAnswers } from './reading/last-answers.ts';
export { readBudgets, type StoredBudget } from './budgets/budgets.ts';
export { readBudgetHistory, readCounters, type BudgetCounter } from './budgets/counters.ts';
export { readStops } from './stops/stops.ts';
export {
  readGoingOn,
  readHeldRuns,
  readStanding,
  readSwitchHistory,
  type GoingOn,
  type HeldRun,
  type SwitchEntry,
} from './stops/kill-switch-reader.ts';
export {
  countOldLetters,
  findLetters,
  readLetters,
  type LetterRow,
} from './dead-letters/read-letters.ts';
export { countNamed } from './retention/erase-person.ts';
export { hasRuns, runsToErase } from './retention/erase-runs.ts';
export { wouldPrune } from './retention/prune.ts';
export { readCosts, type CostRow } from './usage/costs.ts';
export { currentDefinitions, type Definition } from './definitions/definitions.ts';
export { readLocks, readWaits, type LockRow } from './locks/read-locks.ts';
export { readPeople } from './identity/people.ts';
export { readUndelivered, type UndeliveredRow } from './notifications/notifications.ts';
export { readHolder } from './workspaces/bundles.ts';
export { readHosts, type HostRow } from './hosts/hosts.ts';
export { listBreakers } from './models/breakers.ts';
export { readAcceptedMatch } from './playbooks/accepted-matches.ts';
export { readEmbeddings } from './playbooks/embeddings.ts';
