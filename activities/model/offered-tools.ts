import { z } from 'zod';

import { isJson, isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { ToolSpec } from '../../domain/models/chat.ts';
import type { PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import { offeredTool } from '../prepare/prepare-call.ts';
import type { AnyTool } from '../tools/tool.ts';

const specs = new WeakMap<AnyTool, ToolSpec>();

/** The tools that a run's model is offered, in the specialist's order. */
export function offeredTools(
  tools: ReadonlyMap<string, AnyTool>,
  definitions: PinnedDefinitions,
): readonly ToolSpec[] {
  return definitions.specialist.tools.flatMap((name) => {
    const tool = offeredTool(tools, definitions, name);
    return tool === undefined ? [] : specOf(tool);
  });
}

/** A tool as a model is told of it. */
export function specOf(tool: AnyTool): ToolSpec {
  const known = specs.get(tool);
  if (known !== undefined) return known;
  const schema = z.toJSONSchema(tool.schema, { target: 'draft-7', io: 'input' });
  const spec = { name: tool.name, description: tool.description, parameters: asObject(schema) };
  specs.set(tool, spec);
  return spec;
}

function asObject(schema: unknown): JsonObject {
  return isJsonObject(schema) && isJson(schema, 64) ? schema : {};
}
