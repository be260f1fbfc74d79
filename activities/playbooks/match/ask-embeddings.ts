import OpenAI from 'openai';

import { HoldfastError } from '../../../domain/failures.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import type { Embedding } from '../../../domain/playbooks/match-by-meaning.ts';

/** A model that turns texts into embeddings. */
export interface EmbeddingBackend {
  readonly entry: ModelEntry;
  readonly apiKey?: string;
}

/** Texts of one request. */
const batch = 100;
/** A person waits: a back end that takes longer than this is left out. Milliseconds. */
const limitMs = 20_000;

/**
 * The embeddings of texts, in their order. `texts` may be empty.
 * @throws {HoldfastError} unavailable when the back end does not answer, or not with one embedding for each text.
 */
export async function askEmbeddings(
  backend: EmbeddingBackend,
  texts: readonly string[],
): Promise<readonly Embedding[]> {
  const answers: Embedding[] = [];
  for (let start = 0; start < texts.length; start += batch) {
    answers.push(...(await ask(backend, texts.slice(start, start + batch))));
  }
  return answers;
}

async function ask(
  { entry, apiKey }: EmbeddingBackend,
  input: string[],
): Promise<readonly Embedding[]> {
  const client = new OpenAI({
    baseURL: entry.baseUrl,
    apiKey: apiKey ?? 'none',
    // Everything is said here, so that the client takes nothing from the environment.
    adminAPIKey: null,
    webhookSecret: null,
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    ...(apiKey === undefined ? { defaultHeaders: { Authorization: null } } : {}),
  });
  try {
    const { data } = await client.embeddings.create(
      { model: entry.model, input, encoding_format: 'float' },
      { signal: AbortSignal.timeout(limitMs) },
    );
    if (data.length === input.length) return data.map(({ embedding }) => embedding);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw unavailable(entry, `does not answer: ${why.slice(0, 200)}`);
  }
  throw unavailable(entry, 'did not give one embedding for each text');
}

function unavailable({ key }: ModelEntry, what: string): HoldfastError {
  return new HoldfastError('unavailable', `the embeddings model ${key} ${what}`);
}
