import { CancelledFailure, Context } from '@temporalio/activity';

import { isJsonObject } from '../../../domain/json.ts';
import type { AgentRef } from '../../../domain/run/run-input.ts';
import { ShuttingDown, type OutputProgress } from '../../tools/tool.ts';
import { isForeseen, translated } from '../translate-failure.ts';
import type { StopWatcher } from '../perform/stop-watcher.ts';

/** A fifth of the heartbeat time-out: four beats may get lost. */
const beatMs = 2_000;
/** Errors that nobody foresaw, after which they are the engine's own fault and end the run. */
const maxUnforeseen = 10;

/** What ends the work of an attempt besides cancel and shutdown: `lost` when the server gave the attempt up. */
export type EndedBy = 'also-when-lost' | 'not-when-lost';

/** How the work of an attempt is watched. */
export interface Watching {
  /** Aborts for cancel, shutdown and stop rows. */
  readonly signal: AbortSignal;
  /** Says that a tool is used from now on: a stop of it ends the work too. */
  readonly uses: (tool: string) => void;
  /** How far output was read: it outlives the worker. */
  readonly progress: OutputProgress;
}

/**
 * Runs one attempt of an activity: beats, hands on a signal that aborts for cancel, shutdown and stop rows, and
 * translates what went wrong into failures that the retry policy understands.
 */
export async function attempt<T>(
  work: (signal: AbortSignal, watching: Watching) => Promise<T>,
  {
    stops,
    run,
    ends,
  }: {
    readonly stops: StopWatcher;
    /** Undefined: no stop row ends the work. */
    readonly run: AgentRef | undefined;
    readonly ends: EndedBy;
  },
): Promise<T> {
  // Kept, because a listener of the cancellation runs outside of the activity's context.
  const context = Context.current();
  const unforeseen = lastBeaten(context, 'unforeseen');
  const progress: OutputProgress = { outputBytes: lastBeaten(context, 'outputBytes') };
  // Not at once: most attempts are over before the first beat is due, and each beat is a call of the server.
  const timer = setInterval(() => context.heartbeat({ unforeseen, ...progress }), beatMs);
  const watched = stops.watch(run);
  const controller = new AbortController();
  const onCancel = (): void => {
    const reason = abortReason(context, ends);
    if (reason !== undefined) controller.abort(reason);
  };
  const cancelled = context.cancellationSignal;
  if (cancelled.aborted) onCancel();
  cancelled.addEventListener('abort', onCancel, { once: true });
  const signal = AbortSignal.any([controller.signal, watched.signal]);
  try {
    return await work(signal, { signal, progress, uses: watched.uses });
  } catch (error) {
    if (isForeseen(error, signal)) throw translated(error, signal, 'try-again');
    // The details of the last beat outlive the attempt and its worker.
    context.heartbeat({ unforeseen: unforeseen + 1, ...progress });
    throw translated(error, signal, unforeseen + 1 >= maxUnforeseen ? 'give-up' : 'try-again');
  } finally {
    clearInterval(timer);
    watched.release();
    cancelled.removeEventListener('abort', onCancel);
  }
}

/**
 * A count out of the last beat of the attempts before this one, 0 without any. `unforeseen` are attempts that ended with
 * an error nobody foresaw; deaths of workers and storage faults are not among them.
 */
function lastBeaten({ info }: Context, count: 'unforeseen' | 'outputBytes'): number {
  const details: unknown = info.heartbeatDetails;
  if (!isJsonObject(details)) return 0;
  const value = details[count];
  return typeof value === 'number' ? value : 0;
}

/** Why the work has to end; undefined when it may go on although the server gave this attempt up. */
function abortReason({ cancellationDetails: details }: Context, ends: EndedBy): Error | undefined {
  if (details?.workerShutdown === true) return new ShuttingDown('the worker is shutting down');
  if (details?.cancelRequested === true) return new CancelledFailure('cancelled');
  return ends === 'also-when-lost'
    ? new ShuttingDown('the server gave this attempt up')
    : undefined;
}
