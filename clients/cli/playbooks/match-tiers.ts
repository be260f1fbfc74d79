import { readSecrets } from '../../../activities/secrets/inspect.ts';
import { resolveModelKey } from '../../../activities/model/inspect.ts';
import {
  compareMeanings,
  repositoryIdentity,
  type KeptEmbeddings,
  type MatchTiers,
  type MeaningSources,
} from '../../../activities/playbooks/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';
import { repositoryFolder, type RepositoryOptions } from './open-catalog.ts';

/** What a command line finds playbooks with besides names; close it when done. */
export interface CommandTiers {
  readonly tiers: MatchTiers;
  readonly close: () => Promise<void>;
}

/** The installation is asked only when a name did not decide; without one the other ways still count. */
export function openTiers(context: CommandContext, options: RepositoryOptions): CommandTiers {
  let opening: Promise<HoldfastClient | undefined> | undefined;
  const client = (): Promise<HoldfastClient | undefined> => {
    opening ??= context.client().catch(undefinedWhenAway);
    return opening;
  };
  return {
    tiers: {
      accepted: async (request) => {
        const repository = await repositoryOf(context, options);
        if (repository === undefined) return undefined;
        const opened = await client();
        if (opened === undefined)
          return { leftOut: 'what was accepted before was not looked up: no instance runs' };
        return opened.playbooks.acceptedPlaybook(repository, request);
      },
      byMeaning: async (request, playbooks) =>
        compareMeanings(await meaningSources(context, client), request, playbooks),
    },
    close: async () => (await opening)?.close(),
  };
}

/** What the repository is known by; undefined for a folder without commits. */
export function repositoryOf(
  context: CommandContext,
  options: RepositoryOptions,
): Promise<string | undefined> {
  return repositoryIdentity({
    folder: repositoryFolder(context, options),
    searchPath: context.environment['PATH'] ?? '/usr/bin:/bin',
  });
}

async function meaningSources(
  context: CommandContext,
  client: () => Promise<HoldfastClient | undefined>,
): Promise<MeaningSources> {
  const { home, environment } = context;
  const { models, secrets } = loadSettings({ home, variables: environment, flags: {} }).settings;
  const entry = models.find(({ capabilities }) => capabilities?.includes('embeddings'));
  if (entry === undefined) return 'no model with the capability embeddings is configured';
  try {
    const snapshot = await readSecrets({ home, environment }, secrets, 'all');
    const apiKey = resolveModelKey(entry, {
      environment,
      secret: (name) => snapshot.value(name),
      hostsOf: (name) => snapshot.hostsOf(name),
    });
    const backend = { entry, ...(apiKey === undefined ? {} : { apiKey }) };
    return { backend, kept: keptBy(await client()) };
  } catch (error) {
    if (error instanceof HoldfastError) return error.message;
    throw error;
  }
}

function keptBy(client: HoldfastClient | undefined): KeptEmbeddings {
  if (client === undefined) return nothingKept;
  const { readEmbeddings: read, keepEmbeddings: keep } = client.playbooks;
  return { read, keep };
}

const nothingKept: KeptEmbeddings = {
  read: () => Promise.resolve(new Map()),
  keep: () => Promise.resolve(),
};

function undefinedWhenAway(error: unknown): undefined {
  if (error instanceof HoldfastError && error.code === 'unavailable') return undefined;
  throw error;
}
