/** Whether tool calls work: the endpoint says so, its family usually can, nobody knows, or it says no. */
export type ToolSupport = 'yes' | 'likely' | 'unknown' | 'no';

/** A model that an endpoint offers. */
export interface OfferedModel {
  readonly model: string;
  /** It makes vectors and cannot chat. */
  readonly isEmbeddingOnly: boolean;
  readonly tools: ToolSupport;
  /** Billions of parameters, where known. */
  readonly billions?: number;
}

/**
 * Chooses a model to chat with: the configured one when it is there, else one that takes tool calls, else one that may;
 * among equals the larger, then by name. Models that only embed are never chosen.
 */
export function chooseChatModel(
  offered: readonly OfferedModel[],
  configured?: string,
): OfferedModel | undefined {
  const able = offered.filter((model) => !model.isEmbeddingOnly);
  const wanted = able.find(({ model }) => model === configured || model === `${configured}:latest`);
  if (wanted !== undefined) return wanted;
  return able.filter(({ tools }) => tools !== 'no').toSorted(byMerit)[0];
}

const toolRank = { yes: 0, likely: 1, unknown: 2, no: 3 } as const;

function byMerit(a: OfferedModel, b: OfferedModel): number {
  if (a.tools !== b.tools) return toolRank[a.tools] - toolRank[b.tools];
  const size = (b.billions ?? 0) - (a.billions ?? 0);
  if (size !== 0) return size;
  return a.model < b.model ? -1 : 1;
}

/** Reads a parameter size as people print it: "8.0B" is 8, "270M" is 0.27. Undefined when it is no size. */
export function parseBillions(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMBT])\s*$/i.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const unit = { K: 1e-6, M: 1e-3, B: 1, T: 1_000 }[match[2].toUpperCase()] ?? 1;
  return Number(match[1]) * unit;
}
