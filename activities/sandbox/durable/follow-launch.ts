import { OutputCapture, type CapturedOutput } from '../process/captured-output.ts';
import { keepLimits, type WatchedCommand } from '../process/keep-limits.ts';
import type { StorageMarks } from '../process/storage-watch.ts';
import type { SandboxCommand } from '../sandbox-command.ts';
import type { Launch } from './launch.ts';
import { printedBytesOf, renewLaunchLease } from './launch-folder.ts';
import { createLaunchStopper } from './stop-launch.ts';
import { tailOutput, type OutputTail } from './tail-output.ts';

/** A launch whose output is read. */
interface ReadLaunch {
  readonly folder: string;
  readonly launch: Launch;
  readonly command: WatchedCommand & Pick<SandboxCommand, 'onOutput'>;
}

/** A launch that is going on. */
export interface FollowedLaunch extends ReadLaunch {
  /** Resolves when its supervisor is gone. */
  readonly over: Promise<unknown>;
  readonly wallLeftMs: number;
  readonly leaseMs: number;
  readonly marks: StorageMarks;
}

/** What became of the following: all output, or nothing because this worker ends and the command does not. */
export type Followed =
  | { readonly type: 'over'; readonly output: CapturedOutput }
  | { readonly type: 'left' };

/** Renews the lease of a launch, keeps its limits and collects its output until it is over. */
export async function followLaunch(followed: FollowedLaunch): Promise<Followed> {
  const { folder, launch, command, leaseMs } = followed;
  const output = openOutput(followed);
  renewLaunchLease(folder);
  const renewing = setInterval(() => renewLaunchLease(folder), leaseMs / 3);
  const stopper = createLaunchStopper(folder);
  let leave: (() => void) | undefined;
  const left = new Promise<'left'>((resolve) => {
    leave = () => resolve('left');
  });
  const kept = keepLimits(command, followed, (reason, graceMs) => {
    if (reason === 'abort' && launch.leavesRunning(command.signal?.reason)) leave?.();
    else stopper.stop(reason, graceMs);
  });
  try {
    const end = await Promise.race([followed.over, left]);
    if (end === 'left') {
      // Whoever goes on has a whole lease to come.
      renewLaunchLease(folder);
      return { type: 'left' };
    }
  } finally {
    kept.release();
    stopper.release();
    clearInterval(renewing);
    output.tail.finish();
  }
  return { type: 'over', output: wholeOutput(folder, output) };
}

/** Collects the output of a launch that has ended. */
export function collectOutput(launch: ReadLaunch): CapturedOutput {
  const output = openOutput(launch);
  output.tail.finish();
  return wholeOutput(launch.folder, output);
}

interface OpenOutput {
  readonly capture: OutputCapture;
  readonly tail: OutputTail;
}

function openOutput({ folder, launch, command }: ReadLaunch): OpenOutput {
  const capture = new OutputCapture(command.limits.outputBytes);
  const tail = tailOutput(folder, {
    capture,
    handedOnBytes: launch.handedOnBytes,
    onOutput: (chunk) => command.onOutput?.(chunk, 'stdout'),
  });
  return { capture, tail };
}

function wholeOutput(folder: string, { capture, tail }: OpenOutput): CapturedOutput {
  capture.skip(Math.max(0, printedBytesOf(folder) - tail.readBytes()), 'stdout');
  return capture.finish();
}
