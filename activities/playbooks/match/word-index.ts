import MiniSearch from 'minisearch';

import { normalisedRequest, type Scored } from '../../../domain/playbooks/match-playbook.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';

/** Playbooks by the words that describe them. */
export interface WordIndex {
  readonly playbooks: readonly PlaybookEntry[];
  /** Those that know at least one word of the request, by falling BM25, ties by path. */
  readonly rank: (request: string) => readonly Scored[];
}

const split = (text: string): string[] => {
  const plain = normalisedRequest(text);
  return plain === '' ? [] : plain.split(' ');
};

/**
 * Indexes playbooks for BM25 (Robertson and Zaragoza 2009, as MiniSearch has it). A word of the service counts three
 * times, one of the description or file name twice as much as one of plays, tags and roles.
 */
export function indexWords(playbooks: readonly PlaybookEntry[]): WordIndex {
  const search = new MiniSearch<ReturnType<typeof textsOf>>({
    idField: 'path',
    fields: ['service', 'description', 'filename', 'others'],
    tokenize: split,
    processTerm: (term) => term,
    searchOptions: { boost: { service: 3, description: 2, filename: 2 } },
  });
  search.addAll(playbooks.map(textsOf));
  const byPath = new Map(playbooks.map((playbook) => [playbook.path, playbook]));
  return {
    playbooks,
    rank: (request) =>
      search
        .search(request)
        .flatMap(({ id, score }): Scored | readonly [] => {
          const playbook = byPath.get(id);
          return playbook === undefined ? [] : { playbook, score };
        })
        .toSorted(
          (one, other) =>
            other.score - one.score || (one.playbook.path < other.playbook.path ? -1 : 1),
        ),
  };
}

function textsOf({ path, service, description, filename, plays, tags, roles }: PlaybookEntry) {
  return { path, service, description, filename, others: [...plays, ...tags, ...roles].join(' ') };
}
