import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';

import type { PauseReason } from '../../domain/failures.ts';
import type { RunStatus } from '../../domain/run/status.ts';

const statusKey = defineSearchAttributeKey('HoldfastStatus', SearchAttributeType.KEYWORD);
const waitingKey = defineSearchAttributeKey('HoldfastWaitingFor', SearchAttributeType.KEYWORD);
const costKey = defineSearchAttributeKey('HoldfastCostMicroUsd', SearchAttributeType.INT);

/** What the Temporal UI can search for. Written at status changes only, never per turn. */
export interface SearchableStatus {
  readonly status: RunStatus;
  /** `approval`, or why the run is paused; null when it waits for nothing. */
  readonly waitingFor: 'approval' | PauseReason | null;
  readonly microUsd: number | null;
}

/** Makes a status searchable. */
export function showStatus({ status, waitingFor, microUsd }: SearchableStatus): void {
  upsertSearchAttributes([
    { key: statusKey, value: status },
    { key: waitingKey, value: waitingFor },
    { key: costKey, value: microUsd },
  ]);
}
