import type { ModelEntry } from './model-entry-schema.ts';

/** Tokens: about 30 KB of text, more than a model should write in one go. */
const defaultLongestAnswer = 8_192;

/**
 * The longest answer of a model, in tokens. It is set aside in every budget before the call and sent with it, so that no
 * answer can cost more than what was set aside.
 */
export function longestAnswer({ params }: Pick<ModelEntry, 'params'>): number {
  return params.maxTokens ?? defaultLongestAnswer;
}
