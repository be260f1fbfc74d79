import { rootRunOf, type RunId } from '../run/ids.ts';
import type { AgentRef } from '../run/run-input.ts';

/** What the kill switch can stop: everything of every tenant, or what one name covers. */
const stopScopeKinds = [
  'all',
  'tenant',
  'project',
  'specialist',
  'tool',
  'hostGroup',
  'run',
] as const;

type StopScopeKind = (typeof stopScopeKinds)[number];

/** A scope as it is written: `all`, or its kind and a name, as in `tool:shell`. */
export type StopScope =
  | { readonly kind: 'all' }
  | { readonly kind: Exclude<StopScopeKind, 'all'>; readonly name: string };

/** Reads a scope; undefined when it is none. */
export function parseStopScope(text: string): StopScope | undefined {
  if (text === 'all') return { kind: 'all' };
  const at = text.indexOf(':');
  const kind = stopScopeKinds.find((known) => known === text.slice(0, Math.max(0, at)));
  const name = text.slice(at + 1).trim();
  if (kind === undefined || kind === 'all' || name === '') return undefined;
  return { kind, name };
}

/** Writes a scope as rows hold it. */
export function stopScopeText(scope: StopScope): string {
  return scope.kind === 'all' ? 'all' : `${scope.kind}:${scope.name}`;
}

/** Scope of one run. */
export function runScope(runId: RunId): string {
  return `run:${runId}`;
}

/** What a stop row may cover: a run, and what is about to be done in it. */
export interface StopSubject {
  readonly tenant: string;
  /** The run that a step belongs to: who releases a run releases its steps. */
  readonly rootRunId: RunId;
  /** Every scope that covers it. */
  readonly scopes: readonly string[];
}

/** What has to be free for a run to do something, with the tools that it does it with. */
export function stopSubject(
  run: Pick<AgentRef, 'tenant' | 'runId' | 'project' | 'specialist'>,
  tools: readonly string[] = [],
): StopSubject {
  const rootRunId = rootRunOf(run.runId);
  const scopes = [
    'all',
    `tenant:${run.tenant}`,
    `project:${run.project}`,
    `specialist:${run.specialist}`,
    ...new Set([runScope(run.runId), runScope(rootRunId)]),
    ...tools.map((tool) => `tool:${tool}`),
  ];
  return { tenant: run.tenant, rootRunId, scopes };
}
