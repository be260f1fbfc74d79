import { HoldfastError } from '../../domain/failures.ts';
import type { ChatMessage } from '../../domain/models/chat.ts';
import { callIdOf, turnIdOf } from '../../domain/run/ids.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import type { AgentRef, RunPins } from '../../domain/run/run-input.ts';
import type { PreparedCall } from '../../domain/tools/prepared-call.ts';
import { getCall, newestCall, type StoredCall } from '../../storage/calls/prepared-calls.ts';
import { readOpenLetter, takeLetter } from '../../storage/dead-letters/replay-letter.ts';
import type { Executor } from '../../storage/postgres/database.ts';
import { prepareOne, type PreparedPair } from '../prepare/prepare-call.ts';
import type { RunDependencies } from './run-dependencies.ts';

/** Which letter a run replays. */
export interface WantedReplay {
  readonly letterId: string;
  readonly tenant: string;
  readonly project: string;
  readonly runId: string;
}

/**
 * The call that a letter gave up.
 *
 * @throws {HoldfastError} conflict when the letter cannot be replayed, or no longer.
 */
export async function callOfLetter(db: Executor, wanted: WantedReplay): Promise<StoredCall> {
  const letter = await readOpenLetter(db, wanted);
  if (letter === undefined) throw notOpen(wanted);
  const call = await getCall(db, letter.callId, letter.digest);
  if (call !== undefined) return call;
  throw new HoldfastError('conflict', `the call of the letter ${wanted.letterId} is gone`, {
    suggestion: 'its run was pruned or erased; start a run that does it anew',
  });
}

/** Takes the letter for its run. @throws {HoldfastError} conflict when another run was faster. */
export async function takeForReplay(db: Executor, wanted: WantedReplay): Promise<void> {
  if (!(await takeLetter(db, wanted))) throw notOpen(wanted);
}

function notOpen({ letterId }: WantedReplay): HoldfastError {
  return new HoldfastError('conflict', `the letter ${letterId} is not open for a replay`, {
    suggestion: `see what became of it: holdfast dead-letters show ${letterId}`,
  });
}

/**
 * Prepares the call of a letter anew, as the only call of another run: judged by the rules of now, with an id, and so a
 * row of the ledger, of its own.
 *
 * @throws {HoldfastError} invalid_argument when it cannot be done as it was asked.
 */
export async function prepareReplay(
  { effects }: RunDependencies,
  call: StoredCall,
  {
    run,
    pins,
    definitions,
  }: {
    readonly run: AgentRef;
    readonly pins: RunPins;
    readonly definitions: PinnedDefinitions;
  },
): Promise<PreparedPair> {
  const workspace = await effects.workspaces.open(pins.workspace);
  // What was untrusted when the model asked for it is so still.
  const { untrusted = [] } = call.verdict;
  const signal = new AbortController().signal;
  const scope = { run, pins, definitions, workspace, grants: [], untrusted, signal };
  const asked = {
    callId: replayedCallId(run.runId),
    tool: call.tool,
    arguments: call.arguments,
    decisionId: null,
  };
  const pair = await prepareOne(effects.prepare, scope, asked);
  const { invalid } = pair.call;
  if (invalid === undefined) return pair;
  throw new HoldfastError('invalid_argument', `the call cannot be replayed: ${invalid.message}`);
}

/** What stands in the conversation of such a run behind its prompt. */
export function replayedMessage({ tool, preview, arguments: args }: StoredCall): ChatMessage {
  const toolCalls = [{ id: 'call_0', name: tool, arguments: JSON.stringify(args) }];
  return { role: 'assistant', text: `replays ${preview}`, toolCalls };
}

/** The one call of a run that replays a letter, as its workflow holds it. */
export async function replayedCall(
  db: Executor,
  runId: string,
  pins: RunPins,
): Promise<PreparedCall> {
  const call = await newestCall(db, replayedCallId(runId));
  if (call === undefined) throw new Error(`the call that ${runId} replays vanished`);
  const { callId, tool, access, digest, verdict, preview } = call;
  return { callId, tool, access, queue: pins.queues.tools, digest, verdict, preview };
}

function replayedCallId(runId: string): string {
  return callIdOf(turnIdOf(runId, 'main', 1), 0);
}
