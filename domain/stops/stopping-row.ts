import { parseStopScope, runScope, type StopSubject } from './stop-scopes.ts';

/** Tenant of a row that covers all tenants. */
export const everyTenant = '*';

/** One row of the table of stops. */
export interface StopRow {
  readonly tenant: string;
  readonly scope: string;
  /** `cancel` ends a run, `kill` is the kill switch, `release` lets one run go on under it. */
  readonly kind: string;
  /** Order in which rows were written. */
  readonly seq: number;
}

/**
 * Finds the row that stops a subject; a cancel goes first. A row of a kind or scope that this version does not know stops
 * everything it may mean: what cannot be read must not run. The function `stopped_by` of the database judges alike.
 */
export function stoppingRow(rows: readonly StopRow[], subject: StopSubject): StopRow | undefined {
  const covering = rows.filter((row) => covers(row, subject));
  const cancel = covering.find(({ kind }) => kind === 'cancel');
  if (cancel !== undefined) return cancel;
  const released = rows.find(
    ({ tenant, kind, scope }) =>
      tenant === subject.tenant && kind === 'release' && scope === runScope(subject.rootRunId),
  );
  return covering.find(({ seq }) => released === undefined || released.seq < seq);
}

function covers({ tenant, scope, kind }: StopRow, subject: StopSubject): boolean {
  if (kind === 'release') return false;
  const isNamed = subject.scopes.includes(scope);
  if (kind === 'cancel') return isNamed && tenant === subject.tenant && scope.startsWith('run:');
  if (tenant !== subject.tenant && tenant !== everyTenant) return false;
  return isNamed || parseStopScope(scope) === undefined;
}
