import { HoldfastError } from '../../domain/failures.ts';
import { renewLease } from '../../storage/effects/effects.ts';
import { ToolError, type ToolResult } from '../tools/tool.ts';
import type { EffectDependencies } from './dependencies.ts';
import { leaseMs } from './intent.ts';
import type { OpenIntent } from './record-outcome.ts';

/** What an act came to: a result somebody saw, or an end that nobody saw. */
export type Acted =
  | { readonly type: 'seen'; readonly result: ToolResult }
  | { readonly type: 'unseen'; readonly why: string };

/** Thrown as the reason of an abort when this process is about to end: another worker goes on. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/**
 * Performs the act under a lease that is renewed. A refusal of the tool before anything happened is a result; any
 * other error leaves open what was done. When this process is about to end nothing is recorded: the ledger lets
 * another worker find out.
 *
 * @throws {ShuttingDown} when the worker ends.
 */
export async function act(
  { db, now }: EffectDependencies,
  intent: OpenIntent,
  perform: () => Promise<ToolResult>,
): Promise<Acted> {
  const renew = setInterval(() => {
    // A lease that could not be renewed only makes other hosts ask sooner; the fence protects the row.
    void renewLease(db, intent, new Date(now() + leaseMs)).catch(() => undefined);
  }, leaseMs / 3);
  try {
    return { type: 'seen', result: await perform() };
  } catch (error) {
    if (error instanceof ShuttingDown) throw error;
    if (error instanceof ToolError) return { type: 'seen', result: refusedResult(error) };
    if (error instanceof HoldfastError && error.code === 'sandbox_unavailable') {
      // Nothing was started: the row ends as failed, and a person is asked to mend the sandbox.
      return { type: 'seen', result: { ...refusedResult(error), code: error.code } };
    }
    return { type: 'unseen', why: wordsOf(error) };
  } finally {
    clearInterval(renew);
  }
}

function refusedResult({ code, message }: ToolError | HoldfastError): ToolResult {
  return { status: 'error', code, text: message, progress: false };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown error';
}
