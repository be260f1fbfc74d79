import { setTimeout as wait } from 'node:timers/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import {
  type InstanceConfig,
  instanceConfigVariable,
  type InstanceEvent,
  type InstanceSummary,
  isInstanceEvent,
} from '../../../domain/settings/instance-messages.ts';
import type { InstanceRecord } from '../../../domain/settings/instance-record-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfiguration } from './configuration-door.ts';
import { readInstance } from './home-door.ts';
import type { StartedProgram } from './program-runner.ts';
import { receivedError } from './received-error.ts';
import type { UpOptions } from './up.ts';

/** How long one waits for another `up` that is still starting. */
const otherStartLimitMs = 60_000;

/** An instance that somebody wanted to be there. */
export interface EnsuredInstance {
  readonly record: InstanceRecord;
  /** How long it took to start; undefined when it was there already. */
  readonly startMs: number | undefined;
}

/** Gives the running instance of the data folder; starts one that lives on when there is none. Prints no result. */
export async function ensureInstance(context: CommandContext): Promise<EnsuredInstance> {
  const running = readInstance(context.home, context.sendSignal);
  if (running.type === 'running') return { record: running.record, startMs: undefined };
  try {
    const { program, summary, stopListening } = await launchInstance(context, {}, true);
    stopListening();
    program.release();
    return { record: await context.instance(), startMs: summary.startMs };
  } catch (failure) {
    if (!(failure instanceof HoldfastError) || failure.code !== 'conflict') throw failure;
    return { record: await awaitOther(context, failure), startMs: undefined };
  }
}

/** An instance that is ready, and the program that supervises it. */
export interface LaunchedInstance {
  readonly summary: InstanceSummary;
  readonly program: StartedProgram;
  /** Gets the failure that ended it later. */
  readonly watch: { readonly failure?: Error };
  readonly stopListening: () => void;
}

/**
 * Starts the program that supervises an instance, and waits until it is ready.
 *
 * @throws {HoldfastError} conflict when another `up` holds the data folder; else why a part does not start.
 */
export async function launchInstance(
  context: CommandContext,
  options: UpOptions,
  isDetached: boolean,
): Promise<LaunchedInstance> {
  const config = instanceConfig(context, options, isDetached);
  const watch: { ready?: (summary: InstanceSummary) => void; failure?: Error } = {};
  const ready = new Promise<InstanceSummary>((resolve) => {
    watch.ready = resolve;
  });
  const program = context.programs.start({
    name: 'instance',
    variables: { [instanceConfigVariable]: JSON.stringify(config) },
    onMessage: (message) => {
      if (isInstanceEvent(message)) onEvent(message, context, watch);
    },
  });
  const stopListening = listenForEnd(context, program);
  const first = await Promise.race([ready, program.ended]);
  if (typeof first === 'object') return { summary: first, program, watch, stopListening };
  stopListening();
  throw (
    watch.failure ??
    new HoldfastError('internal', `the instance ended at its start (exit code ${first ?? 'none'})`)
  );
}

/** Another `up` holds the data folder and is still starting: what it starts is what was asked for. */
export async function awaitOther(context: CommandContext, failure: Error): Promise<InstanceRecord> {
  const deadline = performance.now() + otherStartLimitMs;
  while (performance.now() < deadline) {
    const state = readInstance(context.home, context.sendSignal);
    if (state.type === 'running') return state.record;
    await wait(100);
  }
  throw failure;
}

function onEvent(
  event: InstanceEvent,
  context: CommandContext,
  watch: { readonly ready?: (summary: InstanceSummary) => void; failure?: Error },
): void {
  switch (event.type) {
    case 'progress':
      context.output.talk(event.text);
      break;
    case 'ready':
      watch.ready?.(event.summary);
      break;
    case 'failed':
      Object.assign(watch, { failure: receivedError(event.error) });
      break;
  }
}

function instanceConfig(
  context: CommandContext,
  options: UpOptions,
  isDetached: boolean,
): InstanceConfig {
  const given = [
    ['temporal.address', '--temporal-address', options.temporalAddress],
    ['temporal.namespace', '--namespace', options.namespace],
    ['databaseUrl', '--database-url', options.databaseUrl],
    ['ports.temporal', '--temporal-port', options.temporalPort],
    ['ports.temporalUi', '--ui-port', options.uiPort],
    ['ports.postgres', '--postgres-port', options.postgresPort],
  ] as const;
  const flags = given.flatMap(([path, flag, value]) =>
    value === undefined ? [] : [[path, { flag, value }] as const],
  );
  const { home, environment: variables, version } = context;
  // What does not fit is refused before anything starts.
  const { settings } = readConfiguration({ home, variables, flags: Object.fromEntries(flags) });
  const { temporal, databaseUrl, ports } = settings;
  return {
    home,
    version,
    isDetached,
    namespace: temporal.namespace,
    ports,
    ...(temporal.address === undefined ? {} : { temporalAddress: temporal.address }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  };
}

function listenForEnd(context: CommandContext, program: StartedProgram): () => void {
  let isAsked = false;
  return context.onInterrupt(() => {
    if (!isAsked) context.output.talk('ending in order; Ctrl-C again ends at once');
    // Two equal signals in one moment arrive as one: the second request is another one.
    program.signal(isAsked ? 'SIGINT' : 'SIGTERM');
    isAsked = true;
  });
}
