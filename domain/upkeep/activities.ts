/** Long duties for a tenant, each until a moment. Implemented in activities/upkeep. */
export interface UpkeepActivities {
  /** Takes what waits in the outbox into the chain of the audit, a second after it came at the latest. */
  readonly sequenceOutbox: (input: DutyInput) => Promise<DutyResult>;
  /** Commits outcomes of runs to the repository of the settings, in the order of the chain. */
  readonly commitOutcomes: (input: DutyInput) => Promise<DutyResult>;
  /** Closes runs whose workflow ended without a word, and wakes those that nothing stops any more or that have room now. */
  readonly repairRuns: (input: DutyInput) => Promise<DutyResult>;
  /** Takes away once a day what is older than the settings say. */
  readonly pruneData: (input: DutyInput) => Promise<DutyResult>;
}

export interface DutyInput {
  readonly tenant: string;
  /** When to end, in milliseconds since 1970: duties that began together end together, however often one began anew. */
  readonly untilMs: number;
}

/** How much was done. */
export interface DutyResult {
  readonly count: number;
}

/** Id of the one upkeep of a tenant; with the queue of its workers where several installations share a server. */
export function upkeepIdOf(tenant: string, taskQueue?: string): string {
  return taskQueue === undefined ? `upkeep/${tenant}` : `upkeep/${tenant}/${taskQueue}`;
}

/** The tenant that an id of {@link upkeepIdOf} names; undefined for other ids. */
export function tenantOfUpkeep(workflowId: string): string | undefined {
  const [kind, tenant = ''] = workflowId.split('/');
  return kind === 'upkeep' && tenant !== '' ? tenant : undefined;
}
