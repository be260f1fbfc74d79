import { HoldfastError } from '../../../domain/failures.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import {
  matchByMeaning,
  meaningOf,
  type Embedding,
  type MeaningMatch,
} from '../../../domain/playbooks/match-by-meaning.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import { hashText } from '../../../storage/hashing.ts';
import { askEmbeddings, type EmbeddingBackend } from './ask-embeddings.ts';
import type { LeftOut } from './find-playbook.ts';

/** Embeddings that were asked for before, by the hash of their text. */
export interface KeptEmbeddings {
  readonly read: (
    model: string,
    contents: readonly string[],
  ) => Promise<ReadonlyMap<string, Embedding>>;
  readonly keep: (model: string, embeddings: ReadonlyMap<string, Embedding>) => Promise<void>;
}

/** What meanings are compared with; a text says why they are not. */
export type MeaningSources =
  | { readonly backend: EmbeddingBackend; readonly kept: KeptEmbeddings }
  | string;

/**
 * Finds the playbook that is nearest in meaning. Embeddings of playbooks are asked for once for each text and model; that
 * of the request is not kept. A back end that fails is left out, with the reason.
 */
export async function compareMeanings(
  sources: MeaningSources,
  request: string,
  playbooks: readonly PlaybookEntry[],
): Promise<MeaningMatch | LeftOut> {
  if (typeof sources === 'string') return { leftOut: `meanings were not compared: ${sources}` };
  try {
    const [wanted = []] = await askEmbeddings(sources.backend, [request]);
    const meanings = await embeddingsOf(sources, playbooks.map(meaningOf), wanted.length);
    return matchByMeaning(wanted, playbooks, meanings);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { leftOut: `meanings were not compared: ${error.message}` };
  }
}

async function embeddingsOf(
  { backend, kept }: Exclude<MeaningSources, string>,
  texts: readonly string[],
  length: number,
): Promise<readonly Embedding[]> {
  const model = nameOf(backend.entry);
  const contents = texts.map((text) => hashText(text));
  const known = await kept.read(model, [...new Set(contents)]);
  // What has another length is from another model that had this name before.
  const isKnown = (content: string): boolean => known.get(content)?.length === length;
  const missing = new Map(
    texts.flatMap((text, index) => {
      const content = contents[index] ?? '';
      return isKnown(content) ? [] : [[content, text] as const];
    }),
  );
  const answers = await askEmbeddings(backend, [...missing.values()]);
  const asked = new Map(
    [...missing.keys()].map((content, index) => [content, answers[index] ?? []] as const),
  );
  if (asked.size > 0) await kept.keep(model, asked);
  return contents.map((content) => asked.get(content) ?? known.get(content) ?? []);
}

/** The same name at another address may be another model. */
function nameOf({ model, baseUrl }: ModelEntry): string {
  return `${model} ${hashText(baseUrl).slice(0, 16)}`;
}
