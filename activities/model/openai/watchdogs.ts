/** Why a call was ended from our side. */
export type StopCause = 'deadline' | 'idle' | 'caller';

/** Ends a call by its signal: at the total deadline, when the stream falls silent, or when the caller says so. */
export interface Watchdogs {
  readonly signal: AbortSignal;
  /** Says that a chunk came; the first one starts the idle watch. */
  readonly beat: () => void;
  /** The first cause that struck. */
  readonly cause: () => StopCause | undefined;
  readonly stop: () => void;
}

/**
 * Starts both watches. Before the first chunk only the deadline counts, because a model may read a long prompt for
 * minutes; after it, `idleMs` without a chunk is a dead stream.
 */
export function startWatchdogs({
  totalMs,
  idleMs,
  caller,
}: {
  readonly totalMs: number;
  readonly idleMs: number;
  readonly caller: AbortSignal | undefined;
}): Watchdogs {
  const controller = new AbortController();
  let struck: StopCause | undefined;
  let idle: NodeJS.Timeout | undefined;
  const strike = (cause: StopCause): void => {
    struck ??= cause;
    controller.abort();
  };
  const onCaller = (): void => strike('caller');
  const deadline = setTimeout(() => strike('deadline'), totalMs);
  if (caller?.aborted === true) onCaller();
  caller?.addEventListener('abort', onCaller, { once: true });
  return {
    signal: controller.signal,
    beat: () => {
      if (idle === undefined) idle = setTimeout(() => strike('idle'), idleMs);
      else idle.refresh();
    },
    cause: () => struck,
    stop: () => {
      clearTimeout(deadline);
      clearTimeout(idle);
      caller?.removeEventListener('abort', onCaller);
    },
  };
}
