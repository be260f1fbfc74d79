import type { Json } from '../../../../domain/json.ts';
import {
  ToolError,
  type LedgerContext,
  type OpenWorkspace,
  type Preparation,
  type ProbeResult,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '../../../../activities/tools/tool.ts';

const parse = <A>(tool: Tool<A>, args: unknown): A => tool.schema.parse(args);

/** Calls tools as the engine does: parse, prepare, perform or probe. */
export function callerFor(
  workspace: OpenWorkspace,
  more: {
    readonly networkAllowed?: boolean;
    readonly signal?: AbortSignal;
    readonly ledger?: LedgerContext;
    readonly sight?: NonNullable<ToolContext['sight']>;
  } = {},
) {
  const context = {
    workspace,
    networkAllowed: true,
    signal: new AbortController().signal,
    ...more,
  };
  const performing = (preconditions: Json) => ({
    ...context,
    callId: 'run/t/key/main/t1/c0',
    preconditions,
    timeoutMs: 60_000,
  });
  return {
    prepare: <A>(tool: Tool<A>, args: unknown): Promise<Preparation> =>
      tool.prepare(parse(tool, args), context),
    perform: <A>(
      tool: Tool<A>,
      args: unknown,
      { preconditions }: Preparation,
    ): Promise<ToolResult> => tool.perform(parse(tool, args), performing(preconditions)),
    probe: async <A>(
      tool: Tool<A>,
      args: unknown,
      { preconditions }: Preparation,
    ): Promise<ProbeResult | undefined> =>
      tool.probe?.(parse(tool, args), { ...performing(preconditions), runningOn: 'awaited' }),
    /** Takes back what a call did that was prepared so. */
    takeBack: async <A>(
      tool: Tool<A>,
      args: unknown,
      { preconditions }: Preparation,
    ): Promise<ToolResult> => {
      const parsed = parse(tool, args);
      const effect = {
        callId: 'run/t/key/main/t1/c0',
        preconditions,
        contentBefore: async () => undefined,
      };
      if (tool.takeBack === undefined) throw new Error('the tool takes nothing back');
      const prepared = await tool.takeBack.prepare(parsed, context, effect);
      const undoing = { ...performing(prepared.preconditions), callId: `${effect.callId}/undo` };
      const result = await tool.takeBack.perform(parsed, undoing, effect);
      const probed = await tool.takeBack.probe(
        parsed,
        { ...undoing, runningOn: 'awaited' },
        effect,
      );
      if (probed.type !== 'happened') throw new Error(`the probe says ${probed.type}`);
      return result;
    },
    call: async <A>(tool: Tool<A>, args: unknown): Promise<ToolResult> => {
      const { preconditions } = await tool.prepare(parse(tool, args), context);
      return tool.perform(parse(tool, args), performing(preconditions));
    },
  };
}

/** The refusal of a call: its code and words. */
export async function refusalOf(calling: Promise<unknown>): Promise<ToolError> {
  const error: unknown = await calling.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ToolError) return error;
  throw new Error('the call was not refused', { cause: error });
}
