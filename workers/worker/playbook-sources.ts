import { HoldfastError } from '../../domain/failures.ts';
import type { ModelEntry } from '../../domain/models/model-entry-schema.ts';
import { resolveModelKey, type KeySources } from '../../activities/model/resolve-key.ts';
import { lintPlaybook } from '../../activities/playbooks/lint/lint-playbook.ts';
import {
  compareMeanings,
  type MeaningSources,
} from '../../activities/playbooks/match/compare-meanings.ts';
import type { PlaybookSources } from '../../activities/tools/playbooks/playbook-sources.ts';
import { homePaths } from '../../storage/home/home-paths.ts';
import { putEmbeddings, readEmbeddings } from '../../storage/playbooks/embeddings.ts';
import { readAcceptedMatch } from '../../storage/playbooks/accepted-matches.ts';
import type { Database } from '../../storage/postgres/database.ts';

/** What the tools for playbooks are wired from. */
export interface PlaybookWiring {
  readonly db: Database;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly models: readonly ModelEntry[];
  /** Folder for the sandbox's files. */
  readonly stateFolder: string;
  readonly keySources: () => Promise<KeySources>;
}

/** Wires what the tools for playbooks ask besides the workspace. */
export function playbookSources({
  db,
  home,
  environment,
  isRoot,
  models,
  stateFolder,
  keySources,
}: PlaybookWiring): PlaybookSources {
  const entry = models.find(({ capabilities }) => capabilities?.includes('embeddings'));
  const { ansible } = homePaths(home, environment['HOLDFAST_CACHE']);
  return {
    tiers: ({ tenant, repository }) => ({
      accepted: async (request) => {
        const known = await repository();
        return known === undefined
          ? undefined
          : readAcceptedMatch(db, { tenant, repository: known, request });
      },
      byMeaning: async (request, playbooks) => {
        const kept = {
          read: (model: string, contents: readonly string[]) =>
            readEmbeddings(db, { tenant, model }, contents),
          keep: (model: string, embeddings: ReadonlyMap<string, readonly number[]>) =>
            putEmbeddings(db, { tenant, model }, embeddings),
        };
        const backend = await backendOf(entry, keySources);
        const sources = typeof backend === 'string' ? backend : { backend, kept };
        return compareMeanings(sources, request, playbooks);
      },
    }),
    lint: (files, playbook) =>
      lintPlaybook({ files, playbook, ansible, stateFolder, environment, isRoot }),
  };
}

async function backendOf(
  entry: ModelEntry | undefined,
  keySources: () => Promise<KeySources>,
): Promise<Exclude<MeaningSources, string>['backend'] | string> {
  if (entry === undefined) return 'no model with the capability embeddings is configured';
  try {
    const apiKey = resolveModelKey(entry, await keySources());
    return { entry, ...(apiKey === undefined ? {} : { apiKey }) };
  } catch (error) {
    if (error instanceof HoldfastError) return error.message;
    throw error;
  }
}
