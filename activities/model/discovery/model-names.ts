import type { ToolSupport } from '../../../domain/models/choose-model.ts';

// Names of models that make vectors: nomic-embed-text, mxbai-embed-large, bge-m3, all-minilm, e5, gte, text-embedding-3.
const embedding = /embed|(?:^|[/:-])(?:bge|e5|gte|minilm|all-minilm)(?=[-:]|$)|minilm/i;

// Families whose templates take tools, as the Ollama library marks them.
const toolFamilies =
  /^(?:[\w.-]+\/)?(?:llama3\.[1-9]|llama-?4|qwen2\.5|qwen3|qwq|mistral|mixtral|ministral|devstral|magistral|command-[ra]|firefunction|hermes3|nemotron|granite[34]|gpt-oss|smollm2|cogito|glm-?[45]|kimi)/i;

/** True when the name is that of a model which only makes vectors. */
export function looksLikeEmbedding(model: string): boolean {
  return embedding.test(model);
}

/** What the name alone tells about tool calls. */
export function guessToolSupport(model: string): ToolSupport {
  return toolFamilies.test(model) ? 'likely' : 'unknown';
}
