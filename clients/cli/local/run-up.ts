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
import { maskPassword } from '../../../domain/settings/mask-url.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings, readInstance } from './home-door.ts';
import type { StartedProgram } from './program-runner.ts';
import { receivedError } from './received-error.ts';
import { showInstance } from './show-instance.ts';
import type { UpOptions } from './up.ts';

/** How long `--detach` waits for another `up` that is still starting. */
const otherStartLimitMs = 60_000;

/** Starts an instance; returns when it is ready (detached) or when it has ended. */
export async function runUp(context: CommandContext, options: UpOptions): Promise<void> {
  const isDetached = options.detach === true;
  const running = readInstance(context.home, context.sendSignal);
  if (running.type === 'running') return alreadyRunning(context, running.record, isDetached);
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
  if (typeof first !== 'object') {
    const failure =
      watch.failure ??
      new HoldfastError(
        'internal',
        `the instance ended at its start (exit code ${first ?? 'none'})`,
      );
    const isConflict = failure instanceof HoldfastError && failure.code === 'conflict';
    if (isDetached && isConflict) return awaitOther(context, failure);
    throw failure;
  }
  showInstance(context, first, isDetached ? 'detached' : 'foreground');
  if (isDetached) {
    stopListening();
    program.release();
    return;
  }
  const code = await program.ended;
  stopListening();
  if (watch.failure !== undefined) context.stderr.write(`error: ${watch.failure.message}\n`);
  context.setExitCode(code ?? 1);
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
  const { settings } = loadSettings({ home, variables, flags: Object.fromEntries(flags) });
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

function alreadyRunning(
  context: CommandContext,
  record: InstanceRecord,
  isDetached: boolean,
): void {
  if (!isDetached) {
    throw new HoldfastError(
      'conflict',
      `an instance is already running on ${context.home} (process ${record.supervisor.pid})`,
      {
        suggestion:
          'see it with holdfast status, end it with holdfast down, or set HOLDFAST_HOME for a second one',
      },
    );
  }
  context.output.talk('an instance is already running');
  const summary: InstanceSummary = {
    home: context.home,
    pid: record.supervisor.pid,
    temporalAddress: record.temporalAddress,
    ...(record.temporalUi === undefined ? {} : { temporalUi: record.temporalUi }),
    database: maskPassword(record.databaseUrl),
    namespace: record.namespace,
    taskQueue: record.taskQueue,
    hasWorker: record.parts.worker !== undefined,
    startMs: 0,
  };
  showInstance(context, summary, 'was-running');
}

/** Another `up` holds the data folder and is still starting: what it starts is what was asked for. */
async function awaitOther(context: CommandContext, failure: Error): Promise<void> {
  const deadline = performance.now() + otherStartLimitMs;
  while (performance.now() < deadline) {
    const state = readInstance(context.home, context.sendSignal);
    if (state.type === 'running') return alreadyRunning(context, state.record, true);
    await wait(100);
  }
  throw failure;
}
