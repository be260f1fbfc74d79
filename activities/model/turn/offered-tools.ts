import type { ToolSpec } from '../../../domain/models/chat.ts';
import type { PinnedDefinitions } from '../../../domain/run/pinned-definitions.ts';
import { offeredTool } from '../../prepare/prepare-call.ts';
import { toolSpecs } from '../../tools/catalog.ts';
import type { AnyTool } from '../../tools/tool.ts';

const offered = new WeakMap<PinnedDefinitions, readonly ToolSpec[]>();

/** The tools that a run's model is offered, in the specialist's order. The same pins give the same list. */
export function offeredTools(
  tools: ReadonlyMap<string, AnyTool>,
  definitions: PinnedDefinitions,
): readonly ToolSpec[] {
  const known = offered.get(definitions);
  if (known !== undefined) return known;
  const specs = toolSpecs(
    definitions.specialist.tools.flatMap((name) => offeredTool(tools, definitions, name) ?? []),
  );
  offered.set(definitions, specs);
  return specs;
}
