import type { JsonObject } from '../json.ts';
import type { PlaybookOrder } from '../playbooks/playbook-order.ts';

/** What a person, schedule or program asks for; at most 16 KB as JSON. Defaults are filled in by {@link ./run-request-schema}. */
export interface RunRequest {
  readonly prompt?: string | undefined;
  readonly structured?: JsonObject | undefined;
  /** Absolute path of the folder to work on a copy of; none means an empty workspace. */
  readonly workspace?: string | undefined;
  readonly specialist?: string | undefined;
  /** Key of a configured model; none means the default chain. */
  readonly model?: string | undefined;
  /** Name of a policy profile. */
  readonly policy: string;
  readonly networkAllowed: boolean;
  readonly executionMode: 'mount' | 'sandbox' | 'hybrid';
  readonly deliver: 'none' | 'patch' | 'commit-local' | 'branch' | 'pr';
  readonly autonomy: 'manual' | 'semi_auto' | 'full_auto';
  readonly limits: RequestLimits;
  readonly labels: { readonly [name: string]: string };
  /** Id of a dead letter whose call is all that the run does. */
  readonly replays?: string | undefined;
  /** What to do with a playbook: the run makes these calls and asks no model. */
  readonly playbook?: PlaybookOrder | undefined;
  /** Set by what forks runs: the run goes on behind a turn of another one. */
  readonly fork?: Fork | undefined;
}

/** A turn of a run, behind which another run goes on. */
export interface Fork {
  readonly runId: string;
  /** 0 stands for the beginning of the run. */
  readonly turn: number;
}

/** Limits of one run; what is missing comes from its policy profile. Those of wider policies hold all the same. */
export interface RequestLimits {
  readonly maxTurns?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly maxCostMicroUsd?: number | undefined;
}

/** Largest request, in bytes of its JSON. */
export const maxRequestBytes = 16 * 1024;
