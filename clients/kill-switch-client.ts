/**
 * The kill switch: stops everything in a scope and lets it go on in stages. It needs nothing but the database; whoever
 * waits is woken when Temporal answers, else with the next `resume`.
 */
export interface KillSwitchClient {
  /** Stops scopes, and waits up to three seconds for what can be ended. */
  readonly stop: (order: StopOrder) => Promise<KillSwitchState>;
  readonly state: () => Promise<KillSwitchState>;
  /** Lets scopes or single runs go on and wakes the runs that are free; doing it again wakes them again. */
  readonly resume: (order: ResumeOrder) => Promise<Resumed>;
  readonly close: () => Promise<void>;
}

export interface StopOrder {
  /** `all`, or a kind and a name, as in `project:shop`; of a run its key or id. */
  readonly scopes: readonly string[];
  readonly reason: string;
}

export interface ResumeOrder extends StopOrder {
  /** Runs that go on under what stays stopped. */
  readonly runs: readonly string[];
}

/** What stands, and what it holds. */
export interface KillSwitchState {
  readonly stops: readonly SwitchRow[];
  /** Runs that may go on under the stops that were there before. */
  readonly released: readonly SwitchRow[];
  /** Runs that are paused because of it. */
  readonly held: readonly {
    readonly runId: string;
    readonly runKey: string;
    readonly title: string;
    /** Null: nothing stops it any more, it has to be woken by `resume`. */
    readonly scope: string | null;
  }[];
  /** Commands and model calls under a stop whose end nobody has seen yet. */
  readonly goingOn: readonly {
    readonly runId: string;
    readonly runKey: string;
    readonly what: string;
    readonly detail: string;
    /** ISO 8601. */
    readonly since: string;
  }[];
  /** Newest first, at most 20. */
  readonly history: readonly (SwitchRow & { readonly action: string })[];
}

export interface SwitchRow {
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface Resumed extends KillSwitchState {
  /** Scopes that were stopped and are not any more. */
  readonly lifted: readonly string[];
  /** Runs that were told to go on, by their keys. */
  readonly woken: readonly string[];
  /** Runs that are free but could not be told: resume again when Temporal answers. */
  readonly unreached: readonly string[];
}
