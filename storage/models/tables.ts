import type { ColumnType } from 'kysely';

type TimeColumn = ColumnType<Date, Date, Date>;
type NullableTimeColumn = ColumnType<Date | null, Date | null | undefined, Date | null>;

/** One circuit breaker: shared by all workers and shown by `doctor`. */
interface ModelBreakersTable {
  tenant: string;
  /** Address of the endpoint. */
  backend: string;
  state: 'closed' | 'open' | 'half_open';
  /** Grows with every change of state: an answer to a call of an older one counts no more. */
  generation: number;
  /** Failures in a row. */
  failures: number;
  opened_at: NullableTimeColumn;
  /** Until then the probe may take; after it another call may probe. */
  probe_until: NullableTimeColumn;
  changed_at: TimeColumn;
  last_error: string | null;
}

/** One token bucket for calls and tokens of a model, with a count of the running minute. */
interface ModelRateBucketsTable {
  tenant: string;
  model: string;
  calls: number;
  tokens: number;
  filled_at: TimeColumn;
  minute_start: TimeColumn;
  minute_calls: number;
  minute_tokens: number;
}

/** Tables of this folder. */
export interface ModelTables {
  model_breakers: ModelBreakersTable;
  model_rate_buckets: ModelRateBucketsTable;
}
