import type { ExitRecord, StartedRecord, StopReason } from './launch-records.ts';

/** What is to be seen of a launch on its host. */
export interface SeenLaunch {
  /** Undefined when it is not there: the folder was wiped, or nothing was ever begun. */
  readonly started: StartedRecord | undefined;
  readonly exit: ExitRecord | undefined;
  readonly stop: StopReason | undefined;
  readonly isSupervisorAlive: boolean;
  /** Boot id of the host now. */
  readonly boot: string;
}

/** What became of a launch. */
export type LaunchState =
  | { readonly type: 'running'; readonly started: StartedRecord }
  | { readonly type: 'ended'; readonly started: StartedRecord; readonly exit: ExitRecord }
  | { readonly type: 'lost'; readonly why: string };

/**
 * Judges a launch by what is to be seen of it. Only a record of its end says that it ended, and only a living
 * supervisor that it runs; everything else is lost. A missing record proves nothing: files can be wiped, and what was
 * written before a restart of the host may not have reached the disk.
 */
export function launchState(seen: SeenLaunch): LaunchState {
  const { started, exit, stop } = seen;
  if (started === undefined) {
    return { type: 'lost', why: 'nothing is left on this host that tells whether the command ran' };
  }
  if (started.boot !== seen.boot) return { type: 'lost', why: afterRestart(exit) };
  if (exit !== undefined) return { type: 'ended', started, exit };
  if (seen.isSupervisorAlive) return { type: 'running', started };
  return {
    type: 'lost',
    why:
      stop === 'lost'
        ? 'the command was ended in the middle, because no worker showed itself for too long'
        : 'the supervisor of the command was killed, and the command with it',
  };
}

function afterRestart(exit: ExitRecord | undefined): string {
  if (exit === undefined) return 'the host was restarted while the command ran';
  return `the command ended with exit code ${exit.exitCode}, but the host was restarted since: what it wrote may be lost`;
}
