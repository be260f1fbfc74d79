import { HoldfastError } from '../../../domain/failures.ts';
import { CallEnded, ShuttingDown, ToolError, type ToolResult } from '../../tools/tool.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { underLease } from '../ledger/under-lease.ts';
import type { OpenIntent } from '../ledger/record-outcome.ts';

/** What an act came to: a result somebody saw, an end that nobody saw, or nothing because it could not begin. */
export type Acted =
  | { readonly type: 'seen'; readonly result: ToolResult }
  | { readonly type: 'unseen'; readonly why: string }
  | { readonly type: 'not-begun'; readonly error: HoldfastError };

/**
 * Performs the act under a lease that is renewed. A refusal of the tool before anything happened is a result, and so
 * is a call that we ended ourselves because somebody stopped the run; any other error leaves open what was done. When
 * this process is about to end nothing is recorded: the ledger lets another worker find out.
 *
 * @throws {ShuttingDown} when the worker ends.
 */
export async function act(
  dependencies: EffectDependencies,
  intent: OpenIntent,
  perform: () => Promise<ToolResult>,
): Promise<Acted> {
  try {
    return { type: 'seen', result: await underLease(dependencies, intent, perform) };
  } catch (error) {
    return actedBy(error);
  }
}

function actedBy(error: unknown): Acted {
  if (error instanceof ShuttingDown) throw error;
  if (error instanceof CallEnded) return { type: 'seen', result: endedResult(error) };
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

/**
 * The result of a call that we ended ourselves.
 * @throws {ShuttingDown} when the worker ends: nothing is known, and another worker finds out.
 */
export function endedResult({ progress, cause }: CallEnded): ToolResult {
  if (cause instanceof ShuttingDown) throw cause;
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
