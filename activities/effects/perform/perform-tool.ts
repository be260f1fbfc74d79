import { z } from 'zod';

import type { StoredCall } from '../../../storage/calls/prepared-calls.ts';
import { redactedResult } from '../../redaction/redact-fully.ts';
import { ToolError, type PerformContext, type ToolResult } from '../../tools/tool.ts';
import { refusedResult } from './act.ts';
import type { EffectDependencies } from '../dependencies.ts';
import { withRetries } from './with-retries.ts';

/**
 * Performs a tool with arguments that were valid when they were stored, again where a moment may
 * help. What it gives back or throws holds no secret.
 */
export async function performTool(
  { prepare, redactor }: EffectDependencies,
  call: StoredCall,
  context: PerformContext,
): Promise<ToolResult> {
  const tool = prepare.tools.get(call.tool);
  if (tool === undefined) throw new ToolError('not_found', `there is no tool ${call.tool}`);
  const args = z.parse(tool.schema, call.arguments);
  return redactedResult(redactor, async () =>
    withRetries(context, async (timeoutMs) => tool.perform(args, { ...context, timeoutMs })),
  );
}

/** Performs a tool that changes nothing, and says how long it took; what it refuses is its answer. */
export async function performRead(
  dependencies: EffectDependencies,
  call: StoredCall,
  context: PerformContext,
): Promise<ToolResult> {
  const startMs = performance.now();
  const result = await performTool(dependencies, call, context).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    // A read that was being ended may say anything.
    context.signal.throwIfAborted();
    return refusedResult(error);
  });
  return { ...result, durationMs: performance.now() - startMs };
}
