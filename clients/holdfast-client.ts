import type { JsonObject } from '../domain/json.ts';
import type { AuditClient } from './audit-client.ts';
import type { SpendingClient } from './spending-client.ts';
import type { TrustClient } from './trust-client.ts';
import type { RunsClient } from './runs-client.ts';
import type { InboxClient } from './inbox-client.ts';
import type { PeopleClient } from './people-client.ts';
import type { EffectsClient } from './effects-client.ts';
import type { DataClient } from './data-client.ts';
import type { PlaybooksClient } from './playbooks-client.ts';
import type { DeadLetterClient } from './dead-letter-client.ts';
import type { HostsClient } from './hosts-client.ts';
import type { LocksClient } from './locks-client.ts';
import type { TimeTravelClient } from './time-travel-client.ts';

/**
 * What people and programs can do with an installation, local or remote. Every method throws HoldfastError with a
 * code of the registry. Runs, approvals and effects may be named by their full id or by what people type: the key of
 * a run, or the start of an id that fits only one.
 */
export interface HoldfastClient
  extends RunsClient, InboxClient, EffectsClient, PeopleClient, SpendingClient, TrustClient {
  readonly listDefinitions: (
    kind: 'policy' | 'model' | 'chain',
  ) => Promise<readonly DefinitionSummary[]>;
  /** Adds or changes a model, used by runs that start from then on; takes the role admin. */
  readonly putModel: (model: JsonObject, options: { readonly isDefault: boolean }) => Promise<void>;
  /** Takes a model off the list; runs that began with it keep it. Nothing when it is not there; takes the role admin. */
  readonly removeModel: (name: string) => Promise<void>;
  /** How the endpoints that ever failed are doing, by address. */
  readonly modelEndpoints: () => Promise<readonly EndpointState[]>;
  readonly audit: AuditClient;
  readonly deadLetters: DeadLetterClient;
  readonly locks: LocksClient;
  readonly timeTravel: TimeTravelClient;
  readonly data: DataClient;
  readonly playbooks: PlaybooksClient;
  readonly hosts: HostsClient;
  readonly close: () => Promise<void>;
}

export interface DefinitionSummary {
  readonly name: string;
  readonly version: number;
  readonly origin: string;
  readonly body: JsonObject;
}

/** The circuit breaker of an endpoint, which all workers share. */
export interface EndpointState {
  readonly baseUrl: string;
  readonly state: 'closed' | 'open' | 'half_open';
  /** In a row. */
  readonly failures: number;
  readonly lastError: string | null;
}
