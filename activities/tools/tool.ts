import type { z } from 'zod';

import type { ErrorCode } from '../../domain/failures.ts';
import type { Json } from '../../domain/json.ts';
import type { WantedLock } from '../../domain/locks/lock-name.ts';
import type { CallId } from '../../domain/run/ids.ts';
import type { Access } from '../../domain/tools/access.ts';
import type { CallFacts } from '../../domain/tools/facts.ts';
import type { Sight } from '../workspace/closed-files/closed-files.ts';

/**
 * One tool an agent may be offered. A call goes: arguments parsed by `schema`, then `prepare` (looks, never changes),
 * policy and approval, `prepare` again, then `perform`. What has an effect goes through the ledger between the two.
 */
export interface Tool<Arguments = never> {
  readonly name: string;
  /** Grows when the meaning of the same arguments changes: it is part of the digest. */
  readonly version: number;
  readonly access: Access;
  /** What the model is told: one or two sentences. */
  readonly description: string;
  readonly schema: z.ZodType<Arguments>;
  /** Where it comes from; absent: built in. */
  readonly source?: string;
  /** When set, the tool is offered only to runs with network. */
  readonly needs?: 'network';
  /** Resolves what the call would touch. Throws a ToolError when it cannot be done as asked. */
  readonly prepare: (args: Arguments, context: ToolContext) => Promise<Preparation>;
  readonly perform: (args: Arguments, context: PerformContext) => Promise<ToolResult>;
  /** What of the workspace it changes: the file that its preconditions name, or anything; absent: nothing. */
  readonly changes?: 'one-file' | 'anything';
  /** What is promised of its effects, for people; absent for a tool without effects. */
  readonly effect?: EffectContract;
  /**
   * Looks whether an effect whose outcome nobody saw has happened; one that still goes on is waited for. A tool
   * without one has no way to know: such an effect is unknown and a person settles it.
   */
  readonly probe?: (args: Arguments, context: ProbeContext) => Promise<ProbeResult>;
  /** Takes an effect back when a person asks for it; absent: by hand, as the contract says. */
  readonly takeBack?: TakeBack<Arguments>;
}

/** How effects of a tool are kept from happening twice, found out about and taken back; "none" where there is no way. */
export interface EffectContract {
  /** What must still hold at the act. */
  readonly precondition: string;
  /** How it is found out whether an effect happened whose outcome nobody saw. */
  readonly probe: string;
  /** What taking it back does; what a person does instead where the tool cannot. */
  readonly undo: string;
}

/** An effect that is to be taken back. */
export interface EffectToUndo {
  readonly callId: CallId;
  /** What was recorded before it happened. */
  readonly preconditions: Json;
  /** Content of a file of the workspace before it; null when there was none, undefined when that was not kept. */
  readonly contentBefore: (path: string) => Promise<Buffer | null | undefined>;
}

/**
 * The way back of an effect: the same steps as a call, and an effect of its own. Each of them throws a ToolError with
 * `conflict` when the present state is not what the effect left, and has changed nothing then. In the contexts `callId`
 * and `preconditions` are those of the way back.
 */
export interface TakeBack<Arguments = never> {
  readonly prepare: (
    args: Arguments,
    context: ToolContext,
    effect: EffectToUndo,
  ) => Promise<Pick<Preparation, 'preconditions' | 'preview' | 'detail'>>;
  readonly perform: (
    args: Arguments,
    context: PerformContext,
    effect: EffectToUndo,
  ) => Promise<ToolResult>;
  readonly probe: (
    args: Arguments,
    context: ProbeContext,
    effect: EffectToUndo,
  ) => Promise<ProbeResult>;
}

/** The run's own copy of the files. */
export interface OpenWorkspace {
  /** Absolute path on this host; symbolic links in it were resolved. */
  readonly root: string;
  /** User id that owns the files and runs the commands. */
  readonly uid: number;
  readonly gid: number;
}

/** Which call is prepared or performed. */
export interface CallInHand {
  readonly tenant: string;
  readonly callId: CallId;
  /** What `prepare` found when the call was asked for; absent while it is prepared for the first time. */
  readonly before?: Json;
}

export interface ToolContext {
  /** Absent where somebody only asks what a call would be. */
  readonly call?: CallInHand;
  readonly workspace: OpenWorkspace;
  readonly networkAllowed: boolean;
  readonly signal: AbortSignal;
  /** What programs of the call may see of the workspace; absent: all of it. */
  readonly sight?: Sight;
}

/** The ledger's side of an act that must not happen twice. */
export interface LedgerContext {
  /** Tells this intent from others that stood at the position before it: what begins only once carries it. */
  readonly launchNumber: number;
  /** Bytes of output that were handed on so far, by attempts before this one too. Goes out with the heartbeats. */
  readonly progress: OutputProgress;
}

/** How far the output of a call has come. Counted up by whoever performs it. */
export interface OutputProgress {
  outputBytes: number;
}

export interface PerformContext extends ToolContext {
  readonly callId: CallId;
  /** What `prepare` found, as it was recorded before the act. */
  readonly preconditions: Json;
  /** Longest the act may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Absent for what the ledger does not know: reads. */
  readonly ledger?: LedgerContext;
}

export interface ProbeContext extends PerformContext {
  /** 'ended' when nobody waits for the effect any more: what of it still runs is ended. */
  readonly runningOn: 'awaited' | 'ended';
}

/** What a call would do: judged by policy, shown to people, covered by the digest. */
export interface Preparation {
  readonly facts: CallFacts;
  /** Hashes and versions that must still hold at the act; null when there are none. */
  readonly preconditions: Json;
  /** One line for people, at most 160 characters, no secrets. */
  readonly preview: string;
  /** What an approver needs to see in full: a diff, a command with its parse, a request. May be empty. */
  readonly detail: string;
  /** Locks that the run takes before it performs the call, in any order; absent: none. */
  readonly locks?: readonly WantedLock[];
}

/** What a performed call gives back to the model. */
export interface ToolResult {
  readonly status: 'ok' | 'error';
  readonly code?: ErrorCode;
  /** Full text; what the model gets of it is cut by the caller, the rest is kept as a blob. */
  readonly text: string;
  readonly progress: boolean;
  readonly testsGreen?: boolean;
  /** Set when it was given up: how often it was tried again. */
  readonly retries?: number;
  /** How long it took, in milliseconds; said by whoever performed it where the ledger does not tell. */
  readonly durationMs?: number;
}

export type ProbeResult =
  | { readonly type: 'happened'; readonly result: ToolResult }
  | { readonly type: 'did-not-happen' }
  | { readonly type: 'no-answer'; readonly why: string };

/** Thrown when a call cannot be done as asked; the model is told the code and the message. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Thrown when nothing of a call was done, and the same call may work in a moment: it is tried again. */
export class TransientToolError extends ToolError {}

/**
 * Thrown when the signal of a call ended it and nothing of it runs any more, but for what outlives a worker that is
 * shutting down. What it did until then stays done; the cause is the reason of the signal.
 */
export class CallEnded extends Error {
  override readonly name = 'CallEnded';
  readonly progress: 'not-begun' | 'in-the-middle';

  constructor(progress: CallEnded['progress'], cause: unknown) {
    super('the call was ended', { cause });
    this.progress = progress;
  }
}

/** Reason of an abort when this process is about to end: another worker goes on. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/** A tool whose argument type is hidden: what the catalog holds. */
export type AnyTool = Tool;
