import { createHash } from 'node:crypto';

import { z } from 'zod';

/** Length of a stub vector. */
const stubDimensions = 256;
/** Part of every word's hash: another seed gives other vectors. */
const seed = 'holdfast-rehearsal-1';

/**
 * Makes a unit vector from a text: each word adds its own fixed direction, so the same text always gives the same vector
 * and texts that share words are near each other. A text without words is the first axis.
 */
function stubEmbedding(text: string): readonly number[] {
  const vector = Array.from({ length: stubDimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []) addWord(vector, word);
  const length = Math.hypot(...vector);
  if (length === 0) return vector.map((_, index) => (index === 0 ? 1 : 0));
  return vector.map((value) => value / length);
}

function addWord(vector: number[], word: string): void {
  const bytes = createHash('sha512').update(`${seed}\n${word}`).digest();
  for (let at = 0; at < bytes.length; at += 4) {
    const slot = bytes.readUInt16BE(at) % stubDimensions;
    const weight = bytes.readInt16BE(at + 2) / 32_768;
    vector[slot] = (vector[slot] ?? 0) + weight;
  }
}

/** The vector as clients ask for it: little-endian 32-bit floats in base64. */
function encodeVector(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}

const embeddingRequestSchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string())]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
});

/** Answers an embedding request. Throws a ZodError for a body that is none. */
export function embeddingAnswer(body: unknown): object {
  const { model, input, encoding_format: format } = embeddingRequestSchema.parse(body);
  const texts = typeof input === 'string' ? [input] : input;
  const data = texts.map((text, index) => {
    const vector = stubEmbedding(text);
    return {
      object: 'embedding',
      index,
      embedding: format === 'base64' ? encodeVector(vector) : vector,
    };
  });
  const tokens = Math.ceil(texts.join('').length / 4);
  return { object: 'list', model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
