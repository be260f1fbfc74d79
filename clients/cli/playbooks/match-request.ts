import { embedTexts, type EmbeddingBackend } from '../../../activities/playbooks/inspect.ts';
import { resolveKey } from '../../../activities/model/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { matchByMeaning, meaningOf } from '../../../domain/playbooks/match-by-meaning.ts';
import { matchPlaybook, type PlaybookMatch } from '../../../domain/playbooks/match-playbook.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import type { CommandContext } from '../command-context.ts';
import { homePaths, loadSettings } from '../instance/home-door.ts';
import { renderTable } from '../output/table.ts';
import { openCatalog, type RepositoryOptions } from './open-catalog.ts';

const longestRequest = 2_000;

/** Says which playbook a request is for: by name, else by meaning where a model for that is configured. Exit code 3 when none fits. */
export async function matchRequest(
  context: CommandContext,
  request: string,
  options: RepositoryOptions,
): Promise<void> {
  if (request.length > longestRequest) {
    throw new HoldfastError(
      'invalid_argument',
      `a request is at most ${longestRequest} characters long`,
    );
  }
  const { playbooks, commit } = await openCatalog(context, options);
  const byName = matchPlaybook(request, playbooks);
  const match =
    byName.method === 'exact' ? byName : await orByMeaning(context, { request, playbooks, byName });
  context.output.result({ ...match, ...(commit === undefined ? {} : { commit }) }, () =>
    matchText(match, context.output.width()),
  );
  if (match.suggestion !== undefined) context.output.hint(match.suggestion);
  if (match.method === 'none') context.setExitCode(3);
}

interface Unmatched {
  readonly request: string;
  readonly playbooks: readonly PlaybookEntry[];
  readonly byName: PlaybookMatch;
}

async function orByMeaning(
  context: CommandContext,
  { request, playbooks, byName }: Unmatched,
): Promise<PlaybookMatch> {
  const left = (why: string): PlaybookMatch => ({
    ...byName,
    suggestion: `${byName.suggestion ?? ''} (meanings were not compared: ${why})`,
  });
  const backend = embeddingBackend(context);
  if (backend === undefined) return left('no model with the capability embeddings is configured');
  try {
    const texts = [request, ...playbooks.map(meaningOf)];
    const [wanted = [], ...meanings] = await embedTexts(backend, texts);
    return matchByMeaning(wanted, playbooks, meanings);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return left(error.message);
  }
}

function embeddingBackend(context: CommandContext): EmbeddingBackend | undefined {
  const { home, environment: variables } = context;
  const { models } = loadSettings({ home, variables, flags: {} }).settings;
  const entry = models.find(({ capabilities }) => capabilities?.includes('embeddings'));
  if (entry === undefined) return undefined;
  const apiKey = resolveKey(entry.apiKey, { environment: variables });
  const { cache } = homePaths(home, variables['HOLDFAST_CACHE']);
  return { entry, cache, ...(apiKey === undefined ? {} : { apiKey }) };
}

function matchText({ method, playbook, alternatives }: PlaybookMatch, width: number): string {
  const first =
    playbook === undefined
      ? 'no match\n'
      : `${playbook.path}: ${playbook.description} (${method})\n`;
  if (alternatives.length === 0) return first;
  const table = renderTable(
    {
      columns: [
        { title: 'alternative' },
        { title: 'service' },
        { title: 'score', align: 'right' },
        { title: 'description', shrinksTo: 20 },
      ],
      rows: alternatives.map(({ path, service, score, description }) => [
        path,
        service,
        score.toFixed(3),
        description,
      ]),
    },
    width,
  );
  return `${first}\n${table}`;
}
