import type { StopReason } from '../../../domain/effects/launch-records.ts';
import type { SandboxCommand } from '../sandbox-command.ts';
import { watchStorage, type StorageMarks } from './storage-watch.ts';

/** TERM to KILL after the wall time; with it a time-out is over within 200 ms. Milliseconds. */
const timeoutGraceMs = 100;
/** A command that is cancelled has this long to put its things in order. Milliseconds. */
const defaultCancelGraceMs = 10_000;

/** What a running command is watched for. */
export type WatchedCommand = Pick<
  SandboxCommand,
  'workspace' | 'home' | 'limits' | 'signal' | 'cancelGraceMs'
>;

/** Limits that hold until they are released. */
export interface KeptLimits {
  readonly release: () => void;
}

/** Calls `stop` when the command has used up its wall time or its storage, or its signal is aborted. */
export function keepLimits(
  command: WatchedCommand,
  { marks, wallLeftMs }: { readonly marks: StorageMarks; readonly wallLeftMs: number },
  stop: (reason: Exclude<StopReason, 'lost'>, graceMs: number) => void,
): KeptLimits {
  const { workspace, home, limits, signal } = command;
  const wall = setTimeout(() => stop('wall-time', timeoutGraceMs), wallLeftMs);
  const abort = (): void => stop('abort', command.cancelGraceMs ?? defaultCancelGraceMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  const folders = home === undefined ? [workspace] : [workspace, home];
  const storage = watchStorage({ folders, maxBytes: limits.storageBytes }, marks, () =>
    stop('storage', 0),
  );
  return {
    release: () => {
      clearTimeout(wall);
      storage.stop();
      signal?.removeEventListener('abort', abort);
    },
  };
}
