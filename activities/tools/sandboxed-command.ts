import { createHash } from 'node:crypto';

import { HoldfastError } from '../../domain/failures.ts';
import { CommandLost, CommandStopped, type Launch } from '../sandbox/durable/launch.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SandboxCommand, SandboxOutcome } from '../sandbox/sandbox-command.ts';
import { layerSandboxLimits, type SandboxLimits } from '../sandbox/sandbox-limits.ts';
import {
  CallEnded,
  ShuttingDown,
  ToolError,
  type EffectContract,
  type LedgerContext,
  type PerformContext,
  type ProbeContext,
  type ProbeResult,
  type ToolContext,
  type ToolResult,
} from './tool.ts';
import type { ClosedFiles } from '../workspace/closed-files/closed-files.ts';

/** What runs the commands of tools. */
export interface CommandRunner {
  readonly sandbox: Pick<Sandbox, 'run' | 'runOnce' | 'resume' | 'isBegun'>;
  /** Limits of every command; what is missing is the sandbox's default. */
  readonly limits: Partial<SandboxLimits>;
  readonly closedFiles: Pick<ClosedFiles, 'hiddenFrom'>;
}

/** What is promised of commands that have an effect. */
export const commandEffect: EffectContract = {
  precondition: 'the folder, and what the text resolves to',
  probe: 'attaches to the command by its marker, or reads its exit record',
  undo: 'files of the workspace by holdfast runs restore or rewind; nothing else is in its reach',
};

/** One command of a tool, in the workspace of the call. */
export interface ToolCommand extends Pick<
  SandboxCommand,
  'argv' | 'cwd' | 'workspaceAccess' | 'network' | 'environment' | 'input'
> {
  /** Milliseconds. */
  readonly wallMs: number;
  /** Output that is kept. Bytes; the sandbox's default without it. */
  readonly outputBytes?: number;
  /** 'all' for a text of ours that shows no content of files that policy closes to programs, or is judged as showing it. */
  readonly sees?: 'all';
}

/** Wall time of commands that only look. Milliseconds. */
const lookMs = 30_000;

/**
 * Runs a command closed in, as the user of the workspace.
 * @throws {ToolError} invalid_argument when it cannot be started as asked; nothing ran.
 * @throws {CallEnded} when the signal ended it; its whole tree is gone.
 */
async function runInSandbox(
  runner: CommandRunner,
  command: ToolCommand,
  context: ToolContext,
): Promise<SandboxOutcome> {
  const { signal } = context;
  const wanted = await sandboxCommand(runner, command, context);
  if (signal.aborted) throw new CallEnded('not-begun', signal.reason);
  return translated(signal, runner.sandbox.run(wanted));
}

/**
 * Runs the command of an effect as `runInSandbox`, at most once for its intent, so that it outlives this worker.
 * @throws {CallEnded} also when the worker is shutting down: then the command runs on, and `probeCommand` finds it.
 * @throws {CommandLost} when nobody can tell what became of it.
 */
export async function runDurably(
  runner: CommandRunner,
  command: ToolCommand,
  context: PerformContext,
): Promise<SandboxOutcome> {
  const { signal, ledger, callId } = context;
  // Only what stands in the ledger is looked for by a later worker.
  if (ledger === undefined) return runInSandbox(runner, command, context);
  const closedIn = await sandboxCommand(runner, command, context);
  if (signal.aborted) throw new CallEnded('not-begun', signal.reason);
  const wanted = { ...closedIn, onOutput: counting(ledger) };
  return translated(signal, runner.sandbox.runOnce(wanted, launchOf(callId, ledger)));
}

/**
 * Looks what became of a command that was run durably, and goes on with it when it still runs.
 * @throws {CallEnded} as `runDurably`.
 */
export async function probeCommand(
  runner: CommandRunner,
  context: ProbeContext,
  resultOf: (outcome: SandboxOutcome) => ToolResult,
): Promise<ProbeResult> {
  const { ledger } = context;
  if (ledger === undefined) return { type: 'no-answer', why: 'no intent names the command' };
  try {
    return { type: 'happened', result: resultOf(await attach(runner, { ...context, ledger })) };
  } catch (error) {
    if (error instanceof CommandLost) return { type: 'no-answer', why: error.message };
    throw error;
  }
}

/** How a command ended that was run durably; `lost`: nothing of it runs any more, and nobody saw its end. */
export type CommandEnd =
  | { readonly type: 'never-begun' }
  | { readonly type: 'seen'; readonly outcome: SandboxOutcome }
  | { readonly type: 'lost'; readonly why: string };

/**
 * Waits for the end of a command that was run durably, if it was begun. One that was not may still be performed: this is
 * for commands that look at what they change, so that a second one does no harm.
 * @throws {CallEnded} when the signal of the context ended it.
 */
export async function endOfCommand(
  runner: CommandRunner,
  context: ProbeContext,
): Promise<CommandEnd> {
  const { ledger, callId, signal } = context;
  if (ledger === undefined || !runner.sandbox.isBegun(launchOf(callId, ledger))) {
    return { type: 'never-begun' };
  }
  try {
    return { type: 'seen', outcome: await attach(runner, { ...context, ledger }) };
  } catch (error) {
    if (error instanceof CommandLost) return { type: 'lost', why: error.message };
    if (error instanceof CallEnded && !signal.aborted) return { type: 'lost', why: wordsOf(error) };
    throw error;
  }
}

function wordsOf({ message, cause }: CallEnded): string {
  return cause instanceof Error ? cause.message : message;
}

async function attach(
  { sandbox }: CommandRunner,
  {
    workspace,
    signal,
    ledger,
    callId,
    runningOn,
  }: ProbeContext & { readonly ledger: LedgerContext },
): Promise<SandboxOutcome> {
  const wanted =
    runningOn === 'awaited' ? signal : AbortSignal.abort(new Error('its run has ended'));
  const attachment = {
    workspace: workspace.root,
    signal: wanted,
    onOutput: counting(ledger),
  };
  return translated(wanted, sandbox.resume(attachment, launchOf(callId, ledger)));
}

async function sandboxCommand(
  { limits, closedFiles }: CommandRunner,
  { wallMs, outputBytes, cwd, sees, ...command }: ToolCommand,
  { workspace, signal, sight }: ToolContext,
): Promise<SandboxCommand> {
  const isOpen = sees === 'all' || sight === undefined;
  return {
    ...command,
    hidden: isOpen ? [] : await closedFiles.hiddenFrom(workspace.root, sight),
    ...(cwd === undefined || cwd === '.' ? {} : { cwd }),
    workspace: workspace.root,
    uid: workspace.uid,
    signal,
    limits: layerSandboxLimits([limits, { wallMs }], {
      ...limits,
      wallMs,
      ...(outputBytes === undefined ? {} : { outputBytes }),
    }),
  };
}

async function translated(
  signal: AbortSignal,
  running: Promise<SandboxOutcome>,
): Promise<SandboxOutcome> {
  try {
    return await running;
  } catch (error) {
    if (signal.aborted && error === signal.reason) throw new CallEnded('in-the-middle', error);
    if (error instanceof CommandStopped) throw new CallEnded('in-the-middle', error);
    // Said of a command that never started, such as one in a folder that is gone.
    if (!(error instanceof HoldfastError) || error.code !== 'invalid_argument') throw error;
    throw new ToolError('invalid_argument', error.message);
  }
}

function launchOf(callId: string, { launchNumber, progress }: LedgerContext): Launch {
  const call = createHash('sha256').update(callId).digest('hex').slice(0, 32);
  return {
    name: `${call}-${launchNumber}`,
    handedOnBytes: progress.outputBytes,
    leavesRunning: (reason) => reason instanceof ShuttingDown,
  };
}

function counting({ progress }: LedgerContext): (chunk: Uint8Array) => void {
  return (chunk) => {
    progress.outputBytes += chunk.byteLength;
  };
}

/**
 * Runs a command that only looks: without network, with the workspace read-only.
 * @throws {ToolError} timeout, sandbox_denied or dependency_missing, when it did not come to an end of its own.
 */
export async function look(
  runner: CommandRunner,
  command: Pick<ToolCommand, 'argv' | 'environment' | 'outputBytes' | 'sees'>,
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
