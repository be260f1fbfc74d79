import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import OpenAI from 'openai';
import { z } from 'zod';

import { HoldfastError } from '../../../domain/failures.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import type { Embedding } from '../../../domain/playbooks/match-by-meaning.ts';

/** A model that turns texts into embeddings, and where what it said is kept. */
export interface EmbeddingBackend {
  readonly entry: ModelEntry;
  readonly apiKey?: string;
  /** Folder for what can be made anew. */
  readonly cache: string;
}

const batch = 100;
/** A person waits: a back end that takes longer than this is left out. Milliseconds. */
const limitMs = 20_000;
const keptSchema = z.record(z.string(), z.array(z.number()));

/**
 * The embeddings of texts, in their order. What the same model said before of the same text is not asked again.
 * @throws {HoldfastError} unavailable when the back end does not answer, or not with one embedding for each text.
 */
export async function embedTexts(
  backend: EmbeddingBackend,
  texts: readonly string[],
): Promise<readonly Embedding[]> {
  const file = keptFile(backend);
  const kept = readKept(file);
  const missing = [...new Set(texts)].filter((text) => !kept.has(keyOf(text)));
  for (let start = 0; start < missing.length; start += batch) {
    const asked = missing.slice(start, start + batch);
    const answers = await ask(backend, asked);
    for (const [index, text] of asked.entries()) kept.set(keyOf(text), answers[index] ?? []);
  }
  if (missing.length > 0) keep(file, kept);
  return texts.map((text) => kept.get(keyOf(text)) ?? []);
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

function keptFile({ entry, cache }: EmbeddingBackend): string {
  const model = createHash('sha256').update(`${entry.baseUrl}\0${entry.model}`).digest('hex');
  return join(cache, 'playbooks', `embeddings-${model.slice(0, 32)}.json`);
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readKept(file: string): Map<string, Embedding> {
  try {
    return new Map(Object.entries(keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')))));
  } catch {
    return new Map();
  }
}

function keep(file: string, kept: ReadonlyMap<string, Embedding>): void {
  const whole = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(whole, JSON.stringify(Object.fromEntries(kept)));
    renameSync(whole, file);
  } catch {
    // The cache may be somebody else's, or full: then the model is asked again next time.
  }
}
