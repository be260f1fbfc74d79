import { HoldfastError } from '../../../domain/failures.ts';
import { OutputCapture } from './captured-output.ts';
import type { GroupHits } from '../control-groups/control-groups.ts';
import type { Enforced } from '../enforced.ts';
import type { Foundation } from '../foundation.ts';
import type { PreparedCommand } from '../launch/prepare-command.ts';
import { timeoutExitCode, type SandboxCommand, type SandboxOutcome } from '../sandbox-command.ts';
import { watchStorage, type StorageMarks } from './storage-watch.ts';
import { startSupervised, type CommandStreams, type ProcessEnd } from './supervised-process.ts';

/** TERM to KILL after the wall time; with it a time-out is over within 200 ms. Milliseconds. */
const timeoutGraceMs = 100;
const defaultCancelGraceMs = 2_000;
const longestCancelGraceMs = 10_000;
/** A command that ran this much over its wall time timed out, even if no timer saw it. Milliseconds. */
const timeoutToleranceMs = 50;
const signalBase = 128;
/** 128 + SIGSYS: how seccomp ends a process of a foreign architecture. */
const badSystemCallExitCode = 159;

/** What a run needs. */
export interface CommandRun {
  readonly command: SandboxCommand;
  readonly prepare: (command: SandboxCommand) => PreparedCommand & { readonly enforced: Enforced };
  readonly marks: StorageMarks;
  readonly foundation: Pick<Foundation, 'openStreams' | 'leaks'>;
}

/** Why we ended a command ourselves. */
type StopReason = 'wall-time' | 'abort' | 'storage';

/** Runs one command and says how it ended. */
export async function runCommand(run: CommandRun): Promise<SandboxOutcome> {
  const { command } = run;
  command.signal?.throwIfAborted();
  const prepared = run.prepare(command);
  try {
    const capture = new OutputCapture(command.limits.outputBytes);
    const streams = await run.foundation.openStreams(command);
    const { end, stopped } = await superviseCommand(run, { prepared, streams, capture });
    if (stopped === 'abort') command.signal?.throwIfAborted();
    const output = capture.finish();
    const hits = prepared.groups.readHits();
    if (hasFailedToStart({ end, stopped, hits })) throw startFailure(output.stderr.trim());
    return {
      ...verdictOf({ command, end, stopped, hits }),
      durationMs: Math.round(end.durationMs),
      output,
      enforced: prepared.enforced,
    };
  } finally {
    await prepared.groups.remove();
  }
}

interface Launch {
  readonly prepared: PreparedCommand;
  readonly streams: CommandStreams;
  readonly capture: OutputCapture;
}

async function superviseCommand(
  { command, marks, foundation }: CommandRun,
  { prepared, streams, capture }: Launch,
): Promise<{ readonly end: ProcessEnd; readonly stopped: StopReason | undefined }> {
  let stopped: StopReason | undefined;
  const running = startSupervised({
    launchArguments: prepared.arguments,
    bubblewrapOptions: prepared.options,
    ...streams,
    leaks: foundation.leaks,
    onOutput: (chunk, stream) => {
      capture.add(chunk, stream);
      command.onOutput?.(chunk, stream);
    },
  });
  const stop = (reason: StopReason, graceMs: number): void => {
    stopped ??= reason;
    running.stop(graceMs);
  };
  const wall = setTimeout(() => stop('wall-time', timeoutGraceMs), command.limits.wallMs);
  const abort = (): void => stop('abort', cancelGraceOf(command));
  command.signal?.addEventListener('abort', abort, { once: true });
  if (command.signal?.aborted === true) abort();
  const { workspace, home, limits } = command;
  const folders = home === undefined ? [workspace] : [workspace, home];
  const storage = watchStorage({ folders, maxBytes: limits.storageBytes }, marks, () =>
    stop('storage', 0),
  );
  try {
    return { end: await running.ended, stopped };
  } finally {
    clearTimeout(wall);
    storage.stop();
    command.signal?.removeEventListener('abort', abort);
  }
}

function cancelGraceOf({ cancelGraceMs }: SandboxCommand): number {
  return Math.min(cancelGraceMs ?? defaultCancelGraceMs, longestCancelGraceMs);
}

/** What is known at the end of a command. */
interface Ending {
  readonly end: ProcessEnd;
  readonly stopped: StopReason | undefined;
  readonly hits: GroupHits;
}

function hasFailedToStart({ end, stopped, hits }: Ending): boolean {
  const wasKilled = end.exitCode > signalBase;
  return !end.hasStarted && stopped === undefined && hits.memoryKills === 0 && !wasKilled;
}

function startFailure(complaint: string): HoldfastError {
  return complaint.includes("Can't chdir")
    ? new HoldfastError('invalid_argument', 'the working folder does not exist in the workspace')
    : new HoldfastError('sandbox_unavailable', `the sandbox did not start: ${complaint}`, {
        suggestion:
          'ask `holdfast doctor`, and check that the workspace can be reached by its user',
      });
}

function verdictOf({
  command,
  end,
  stopped,
  hits,
}: Ending & { readonly command: SandboxCommand }): Pick<
  SandboxOutcome,
  'status' | 'exitCode' | 'reason'
> {
  const { limits } = command;
  const { exitCode } = end;
  if (stopped === 'wall-time' || end.durationMs > limits.wallMs + timeoutToleranceMs) {
    const reason = `ended after ${limits.wallMs} ms of wall time`;
    return { status: 'TIMEOUT', exitCode: timeoutExitCode, reason };
  }
  if (stopped === 'storage') {
    const reason = `ended because its files grew over ${limits.storageBytes} bytes`;
    return { status: 'SANDBOX_DENIED', exitCode, reason };
  }
  if (hits.memoryKills > 0) {
    const reason = `processes were killed at ${limits.memoryBytes} bytes of memory`;
    return { status: 'MEM_LIMIT', exitCode, reason };
  }
  if (exitCode === badSystemCallExitCode) {
    return { status: 'SANDBOX_DENIED', exitCode, reason: 'a system call was not allowed' };
  }
  if (!end.hasStarted) {
    return { status: 'INTERNAL_ERROR', exitCode, reason: 'the sandbox was ended from outside' };
  }
  const refused = `forks were refused at ${limits.processes} processes`;
  return { status: 'OK', exitCode, ...(hits.refusedForks > 0 ? { reason: refused } : {}) };
}
