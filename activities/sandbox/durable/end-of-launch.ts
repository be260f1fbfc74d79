import type { LaunchState } from '../../../domain/effects/launch-state.ts';
import type { CapturedOutput } from '../process/captured-output.ts';
import { hasFailedToStart, judgeEnd, startFailure } from '../process/judge-end.ts';
import type { SandboxOutcome } from '../sandbox-command.ts';
import type { SandboxLimits } from '../sandbox-limits.ts';
import { CommandLost, CommandStopped } from './launch.ts';
import { hasCommandStarted, stopReasonOf } from './launch-folder.ts';

/** A launch whose supervisor is gone. */
interface EndedLaunch {
  readonly folder: string;
  readonly state: LaunchState;
  readonly command: { readonly limits: SandboxLimits; readonly signal?: AbortSignal };
  /** As it was measured here; else as it was recorded. */
  readonly durationMs?: number;
  readonly output: CapturedOutput;
}

/**
 * Says how a launch ended, out of what was recorded.
 * @throws {CommandLost} when nobody can tell; {CommandStopped} when another worker ended it; the reason of the signal.
 */
export function endOfLaunch({
  folder,
  state,
  command,
  output,
  ...measured
}: EndedLaunch): Omit<SandboxOutcome, 'enforced'> {
  if (state.type === 'lost') throw new CommandLost(state.why);
  if (state.type === 'running') throw new CommandLost('its supervisor does not end');
  const { exit, started } = state;
  const stopped = stopReasonOf(folder);
  if (stopped === 'abort') {
    command.signal?.throwIfAborted();
    throw new CommandStopped();
  }
  const recordedMs = (exit.endedAtSeconds - started.beganAtSeconds) * 1_000;
  const durationMs = Math.round(measured.durationMs ?? recordedMs);
  const end = { exitCode: exit.exitCode, durationMs, hasStarted: hasCommandStarted(folder) };
  const ending = { end, stopped, hits: exit };
  if (hasFailedToStart(ending)) throw startFailure(output.combined.trim());
  return { ...judgeEnd(ending, command.limits), durationMs, output };
}
