// What providers say is matched by their words, because most of them share one status for many causes.

// OpenAI, vLLM, LiteLLM, llama.cpp, Anthropic, Google, Ollama.
const contextFull =
  /context_length_exceeded|exceed_context_size|ContextWindowExceeded|maximum context length|exceed\w* .{0,40}\bcontext (?:length|window|size)|context (?:length|window) exceeded|prompt is too long|input (?:is too long|token count .{0,40}exceeds)|reduce the length of the (?:messages|prompt)/i;

// Ollama; vLLM without a tool parser; llama.cpp without --jinja; OpenRouter.
const noTools =
  /does not support (?:tools|tool[ _-]?(?:calls?|calling|use)|function[ _-]?calling)|--enable-auto-tool-choice|tools param requires|No endpoints found that support tool use/i;

const quota =
  /insufficient_quota|exceeded your current quota|billing_hard_limit|credit balance is too low/i;

/** True when the conversation does not fit into the model's context. */
export function isContextFull(words: string): boolean {
  return contextFull.test(words);
}

/** True when the endpoint or the model cannot take tools. */
export function lacksToolSupport(words: string): boolean {
  return noTools.test(words);
}

/** True when no money or quota is left: waiting a minute does not help. */
export function isQuotaExhausted(words: string): boolean {
  return quota.test(words);
}
