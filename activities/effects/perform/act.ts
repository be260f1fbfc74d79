import { HoldfastError } from '../../../domain/failures.ts';
import { renewLease } from '../../../storage/effects/effects.ts';
import { CallEnded, ToolError, type ToolResult } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { leaseMs } from '../ledger/intent.ts';
import type { OpenIntent } from '../ledger/record-outcome.ts';

/** What an act came to: a result somebody saw, an end that nobody saw, or nothing because it could not begin. */
export type Acted =
  | { readonly type: 'seen'; readonly result: ToolResult }
  | { readonly type: 'unseen'; readonly why: string }
  | { readonly type: 'not-begun'; readonly error: HoldfastError };

/** Thrown as the reason of an abort when this process is about to end: another worker goes on. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/**
 * Performs the act under a lease that is renewed. A refusal of the tool before anything happened is a result, and so
 * is a call that we ended ourselves because somebody stopped the run; any other error leaves open what was done. When
 * this process is about to end nothing is recorded: the ledger lets another worker find out.
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
    return actedBy(error);
  } finally {
    clearInterval(renew);
  }
}

function actedBy(error: unknown): Acted {
  if (error instanceof ShuttingDown) throw error;
  if (error instanceof CallEnded) {
    if (error.cause instanceof ShuttingDown) throw error.cause;
    return { type: 'seen', result: endedResult(error) };
  }
  if (error instanceof ToolError) return { type: 'seen', result: refusedResult(error) };
  if (error instanceof HoldfastError && error.code === 'sandbox_unavailable') {
    return { type: 'not-begun', error };
  }
  return { type: 'unseen', why: wordsOf(error) };
}

/** The result of a tool that refused before anything happened. */
export function refusedResult({ code, message }: ToolError): ToolResult {
  return { status: 'error', code, text: message, progress: false };
}

function endedResult({ progress, cause }: CallEnded): ToolResult {
  const why = cause instanceof Error ? cause.message : 'somebody stopped it';
  const text =
    progress === 'not-begun'
      ? `this call was not performed: ${why}`
      : `this call was ended in the middle: ${why}. Nothing of it runs any more; what it changed until then stays`;
  return { status: 'error', code: 'execution_error', text, progress: false };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown error';
}
