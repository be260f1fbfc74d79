import { HoldfastError } from '../../domain/failures.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SandboxCommand, SandboxOutcome } from '../sandbox/sandbox-command.ts';
import { layerSandboxLimits, type SandboxLimits } from '../sandbox/sandbox-limits.ts';
import { CallEnded, ToolError, type ToolContext } from './tool.ts';

/** What runs the commands of tools. */
export interface CommandRunner {
  readonly sandbox: Pick<Sandbox, 'run'>;
  /** Limits of every command; what is missing is the sandbox's default. */
  readonly limits: Partial<SandboxLimits>;
}

/** One command of a tool, in the workspace of the call. */
export interface ToolCommand extends Pick<
  SandboxCommand,
  'argv' | 'cwd' | 'workspaceAccess' | 'network' | 'environment' | 'input'
> {
  /** Milliseconds. */
  readonly wallMs: number;
  /** Output that is kept. Bytes; the sandbox's default without it. */
  readonly outputBytes?: number;
}

/** Wall time of commands that only look. Milliseconds. */
const lookMs = 30_000;

/**
 * Runs a command closed in, as the user of the workspace.
 * @throws {ToolError} invalid_argument when it cannot be started as asked; nothing ran.
 * @throws {CallEnded} when the signal ended it; its whole tree is gone.
 */
export async function runInSandbox(
  { sandbox, limits }: CommandRunner,
  { wallMs, outputBytes, cwd, ...command }: ToolCommand,
  { workspace, signal }: ToolContext,
): Promise<SandboxOutcome> {
  if (signal.aborted) throw new CallEnded('not-begun', signal.reason);
  const running = sandbox.run({
    ...command,
    ...(cwd === undefined || cwd === '.' ? {} : { cwd }),
    workspace: workspace.root,
    uid: workspace.uid,
    signal,
    limits: layerSandboxLimits([limits, { wallMs }], {
      ...limits,
      wallMs,
      ...(outputBytes === undefined ? {} : { outputBytes }),
    }),
  });
  try {
    return await running;
  } catch (error) {
    if (signal.aborted && error === signal.reason) throw new CallEnded('in-the-middle', error);
    // Said of a command that never started, such as one in a folder that is gone.
    if (!(error instanceof HoldfastError) || error.code !== 'invalid_argument') throw error;
    throw new ToolError('invalid_argument', error.message);
  }
}

/**
 * Runs a command that only looks: without network, with the workspace read-only.
 * @throws {ToolError} timeout, sandbox_denied or dependency_missing, when it did not come to an end of its own.
 */
export async function look(
  runner: CommandRunner,
  command: Pick<ToolCommand, 'argv' | 'environment' | 'outputBytes'>,
  context: ToolContext,
): Promise<SandboxOutcome> {
  const outcome = await runInSandbox(
    runner,
    { ...command, workspaceAccess: 'read-only', network: 'none', wallMs: lookMs },
    context,
  );
  requireOwnEnd(outcome, command.argv[0] ?? '');
  return outcome;
}

function requireOwnEnd({ status, reason, exitCode }: SandboxOutcome, program: string): void {
  const why = `${program}: ${reason ?? 'no reason given'}`;
  switch (status) {
    case 'TIMEOUT':
      throw new ToolError('timeout', `${why}; narrow it down to fewer files`);
    case 'MEM_LIMIT':
    case 'INTERNAL_ERROR':
      throw new ToolError('execution_error', why);
    case 'SANDBOX_DENIED':
      throw new ToolError('sandbox_denied', why);
    case 'OK':
      break;
  }
  if (exitCode === 127) {
    throw new ToolError(
      'dependency_missing',
      `${program} is not installed; ask a person to run holdfast setup`,
    );
  }
}
