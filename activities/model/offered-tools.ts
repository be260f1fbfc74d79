import type { ToolSpec } from '../../domain/models/chat.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import { offeredTool } from '../prepare/prepare-call.ts';
import { toolSpecs } from '../tools/catalog.ts';
import type { AnyTool } from '../tools/tool.ts';

/** The tools that a run's model is offered, in the specialist's order. */
export function offeredTools(
  tools: ReadonlyMap<string, AnyTool>,
  definitions: PinnedDefinitions,
): readonly ToolSpec[] {
  return toolSpecs(
    definitions.specialist.tools.flatMap((name) => offeredTool(tools, definitions, name) ?? []),
  );
}
