import { OutputCapture } from './captured-output.ts';
import type { Enforced } from '../enforced.ts';
import type { Foundation } from '../foundation.ts';
import type { PreparedCommand } from '../launch/prepare-command.ts';
import type { SandboxCommand, SandboxOutcome } from '../sandbox-command.ts';
import { hasFailedToStart, judgeEnd, startFailure, type Ending } from './judge-end.ts';
import { keepLimits } from './keep-limits.ts';
import type { StorageMarks } from './storage-watch.ts';
import { startSupervised, type CommandStreams } from './supervised-process.ts';

/** What a run needs. */
export interface CommandRun {
  readonly command: SandboxCommand;
  readonly prepare: (command: SandboxCommand) => PreparedCommand & { readonly enforced: Enforced };
  readonly marks: StorageMarks;
  readonly foundation: Pick<Foundation, 'openStreams' | 'leaks'>;
}

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
    const ending = { end, stopped, hits: prepared.groups.readHits() };
    if (hasFailedToStart(ending)) throw startFailure(output.stderr.trim());
    return {
      ...judgeEnd(ending, command.limits),
      durationMs: Math.round(end.durationMs),
      output,
      enforced: prepared.enforced,
    };
  } finally {
    await prepared.groups.remove();
  }
}

interface Started {
  readonly prepared: PreparedCommand;
  readonly streams: CommandStreams;
  readonly capture: OutputCapture;
}

async function superviseCommand(
  { command, marks, foundation }: CommandRun,
  { prepared, streams, capture }: Started,
): Promise<Pick<Ending, 'end' | 'stopped'>> {
  let stopped: Ending['stopped'];
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
  const kept = keepLimits(
    command,
    { marks, wallLeftMs: command.limits.wallMs },
    (reason, graceMs) => {
      stopped ??= reason;
      running.stop(graceMs);
    },
  );
  try {
    return { end: await running.ended, stopped };
  } finally {
    kept.release();
  }
}
