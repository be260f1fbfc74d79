import { HoldfastError } from '../../../domain/failures.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { PlaybookOrder } from '../../../domain/playbooks/playbook-order.ts';
import type { CommandContext } from '../command-context.ts';
import { usualPolicy } from '../policies/policy-profiles.ts';
import { projectOf } from '../run/project-of.ts';
import { startAs, type FollowOptions } from '../run/start-and-follow.ts';
import { withClient } from '../with-client.ts';
import {
  findEntry,
  openCatalog,
  repositoryFolder,
  type RepositoryOptions,
} from './open-catalog.ts';

/** Options of every order, as commander gives them. */
export interface OrderOptions extends RepositoryOptions, FollowOptions {
  readonly policy?: string;
  readonly project?: string;
  readonly key?: string;
  readonly timeout?: number;
  readonly lint?: boolean;
}

/** On what a playbook is run, and how. */
export interface TargetOptions extends OrderOptions {
  readonly inventory?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly var?: { readonly [name: string]: string };
  readonly forks?: number;
  readonly become?: boolean;
  readonly batch?: number | string;
  readonly maxFailPercent?: number;
}

/** Shows what a playbook would change, or applies it once a person approved exactly that. */
export async function orderPlaybook(
  context: CommandContext,
  { tool, playbook }: { readonly tool: PlaybookOrder['tool']; readonly playbook: string },
  options: TargetOptions,
): Promise<void> {
  const { playbooks } = await openCatalog(context, options);
  const entry = findEntry(playbooks, playbook);
  const rollback = tool === 'apply_playbook' && entry.rollback !== undefined;
  await giveOrder(context, options, {
    prompt: `${tool === 'apply_playbook' ? 'apply' : 'preview'} ${playbook}`,
    order: {
      tool,
      arguments: { playbook, ...targetOf(options) },
      ...(rollback ? { rollback } : {}),
    },
  });
}

/** Goes on with an apply that failed, or takes one back. */
export async function orderAfter(
  context: CommandContext,
  { way, effect }: { readonly way: 'resume' | 'rollsBack'; readonly effect: string },
  options: OrderOptions,
): Promise<void> {
  const callId = await withClient(
    context,
    async (client) => (await client.getEffect(effect)).callId,
  );
  await giveOrder(context, options, {
    prompt: `${way === 'resume' ? 'resume' : 'roll back'} ${callId}`,
    order: { tool: 'apply_playbook', arguments: { [way]: callId } },
  });
}

async function giveOrder(
  context: CommandContext,
  options: OrderOptions,
  { prompt, order }: { readonly prompt: string; readonly order: PlaybookOrder },
): Promise<void> {
  const workspace = repositoryFolder(context, options);
  const { policy = usualPolicy(context), lint, timeout, key, project } = options;
  const request = {
    prompt,
    workspace,
    policy,
    networkAllowed: true,
    playbook: { ...order, ...(lint === true ? { lint } : {}) },
    ...(timeout === undefined ? {} : { limits: { timeoutSeconds: timeout } }),
  };
  const start = {
    request,
    project: project ?? projectOf(workspace),
    ...(key === undefined ? {} : { key }),
  };
  await withClient(context, async (client) => startAs(context, client, { start, options }));
}

function targetOf(options: TargetOptions): JsonObject {
  const { inventory, limit, tags, skipTags, forks, become, batch, maxFailPercent } = options;
  const given: { readonly [name: string]: Json | undefined } = {
    inventory: inventory && [...inventory],
    limit,
    tags: tags && [...tags],
    skipTags: skipTags && [...skipTags],
    variables: options.var && variablesOf(options.var),
    forks,
    become,
    batch,
    maxFailPercent,
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Values are text, as Ansible takes them; lists, objects, numbers and truth values only as JSON in brackets. */
function variablesOf(given: { readonly [name: string]: string }): JsonObject {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      if (!/^\s*[[{]/.test(text)) return [name, text];
      try {
        return [name, JSON.parse(text)];
      } catch {
        throw new HoldfastError('invalid_argument', `the value of ${name} is no JSON`, {
          suggestion: `write it like this: --var '${name}=["a", "b"]'`,
        });
      }
    }),
  );
}
