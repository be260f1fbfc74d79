import { findPlaybook, indexWords } from '../../../activities/playbooks/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import { requestVariables } from '../../../domain/playbooks/request-variables.ts';
import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';
import { askMissing } from './ask-variables.ts';
import { matchText } from './match-text.ts';
import { openTiers, repositoryOf } from './match-tiers.ts';
import { findEntry, openCatalog, type RepositoryOptions } from './open-catalog.ts';
import { previewCommand } from './preview-command.ts';

/** What may be chosen on the command line. */
export interface MatchOptions extends RepositoryOptions {
  /** The playbook that this request means from now on. */
  readonly accept?: string;
}

const longestRequest = 2_000;

/**
 * Says which playbook a request is for: by name, else by what was accepted before, else by meaning where a model for that
 * is configured; and what the request says about its variables. Exit code 3 when none fits.
 */
export async function matchRequest(
  context: CommandContext,
  request: string,
  options: MatchOptions,
): Promise<void> {
  if (request.length > longestRequest) {
    throw new HoldfastError(
      'invalid_argument',
      `a request is at most ${longestRequest} characters long`,
    );
  }
  const { playbooks, commit } = await openCatalog(context, options);
  if (options.accept !== undefined) {
    await acceptMatch(context, request, {
      options,
      playbook: findEntry(playbooks, options.accept),
    });
    return;
  }
  const { tiers, close } = openTiers(context, options);
  try {
    const match = await findPlaybook(request, indexWords(playbooks), tiers);
    const { playbook } = match;
    const variables =
      playbook && (await askMissing(context, playbook, requestVariables(request, playbook)));
    const document = {
      ...match,
      ...(variables === undefined ? {} : { variables }),
      ...(commit === undefined ? {} : { commit }),
    };
    context.output.result(document, () => matchText(match, variables, context.output.width()));
    if (match.suggestion !== undefined) context.output.hint(match.suggestion);
    if (playbook !== undefined && variables !== undefined)
      context.output.hint(`look first: ${previewCommand(playbook.path, variables, options)}`);
    if (match.method === 'none') context.setExitCode(3);
  } finally {
    await close();
  }
}

async function acceptMatch(
  context: CommandContext,
  request: string,
  { options, playbook }: { readonly options: MatchOptions; readonly playbook: PlaybookEntry },
): Promise<void> {
  const repository = await repositoryOf(context, options);
  if (repository === undefined) {
    throw new HoldfastError(
      'invalid_argument',
      'only requests to a git repository with a commit are kept',
    );
  }
  const { path } = playbook;
  await withClient(context, async (client) =>
    client.playbooks.acceptPlaybook({ repository, request, playbook: path }),
  );
  context.output.result(
    { request, playbook: path },
    () => `this request means ${path} from now on\n`,
  );
}
