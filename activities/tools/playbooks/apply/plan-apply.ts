import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

import { resumePoint } from '../../../../domain/playbooks/apply/resume-point.ts';
import type {
  ApplyPlaybookArguments,
  PreviewPlaybookArguments,
} from '../../../../domain/playbooks/playbook-call-schema.ts';
import type { PlaybookRequest } from '../../../../domain/playbooks/playbook-request-schema.ts';
import type { KnownApply } from '../../../../storage/playbook-applies/playbook-applies.ts';
import { ToolError, type ToolContext } from '../../tool.ts';
import { playbookHeaderOf } from './playbook-header-of.ts';
import type { PlaybookTools } from './playbook-tools.ts';
import { textsIn } from './repository-content.ts';

/** What is to be run, and what people have to know of how it came to that. */
export interface PlannedApply {
  readonly request: PlaybookRequest;
  readonly notes: readonly string[];
  readonly resumes?: string;
  readonly rollsBack?: string;
  /** Path of the playbook that takes it back. */
  readonly rollback?: string;
}

/** Where inventories lie in a repository that names none, in the order in which they are looked for. */
const usualInventories = ['inventory', 'inventory.yml', 'inventory.yaml', 'inventory.ini', 'hosts'];

/** Makes a request of a playbook and its arguments. */
export function requestOf(
  { inventories: given }: Pick<PlaybookTools, 'inventories'>,
  { workspace }: Pick<ToolContext, 'workspace'>,
  args: PreviewPlaybookArguments,
): PlaybookRequest {
  const { playbook, inventory, variables, tags, skipTags, limit, forks, become } = args;
  const usual = usualInventories.find((path) => existsSync(join(workspace.root, path)));
  const own = inventory ?? (usual === undefined ? [] : [usual]);
  const inventories = [...given, ...own];
  if (inventories.length === 0) {
    throw new ToolError(
      'invalid_argument',
      'there is no inventory: name one in the workspace, or ask for ansible.inventories in the settings',
    );
  }
  const absolute = own.find((path) => path.startsWith('/'));
  if (absolute !== undefined) {
    throw new ToolError('access_denied', `${absolute} lies outside of the workspace`);
  }
  return {
    playbook,
    inventories,
    ...(variables === undefined ? {} : { extraVars: variables }),
    ...(tags === undefined ? {} : { tags }),
    ...(skipTags === undefined ? {} : { skipTags }),
    ...(limit === undefined ? {} : { limit }),
    ...(forks === undefined ? {} : { forks }),
    ...(become === undefined ? {} : { become }),
  };
}

/**
 * Finds out what a call of `apply_playbook` means: a playbook, the rest of one that stopped, or the way back of one.
 * @throws {ToolError} not_found, conflict, definition_changed.
 */
export async function planApply(
  tools: PlaybookTools,
  context: ToolContext,
  { args, content }: { readonly args: ApplyPlaybookArguments; readonly content: string },
): Promise<PlannedApply> {
  const { playbook, resume, rollsBack } = args;
  if (playbook !== undefined) {
    return withRollback(context, {
      request: requestOf(tools, context, { ...args, playbook }),
      notes: [],
    });
  }
  const before = await earlier(tools, context, resume ?? rollsBack ?? '');
  if (resume !== undefined) return planResume(tools, context, { before, content });
  return planRollback(tools, context, { before, variables: args.variables });
}

async function earlier(
  { records }: PlaybookTools,
  { call }: ToolContext,
  callId: string,
): Promise<KnownApply> {
  const known = call === undefined ? undefined : await records.find(call.tenant, callId);
  if (known === undefined) throw new ToolError('not_found', `there is no apply ${callId}`);
  // The state of the ledger counts: nothing goes on beside a playbook that runs.
  if (known.status === 'running') throw new ToolError('conflict', `${callId} still runs`);
  return known;
}

async function planResume(
  { records }: PlaybookTools,
  context: ToolContext,
  { before, content }: { readonly before: KnownApply; readonly content: string },
): Promise<PlannedApply> {
  const { callId, tenant, hosts, counts, request } = before;
  if (before.content !== content) {
    throw new ToolError(
      'definition_changed',
      `files of the repository changed since ${callId}: what is left of it is not what was approved. Apply ${request.playbook} anew, which changes nothing that is done already`,
    );
  }
  const results = (await records.changes(tenant, callId)).map((each) => ({ ...each, diffs: [] }));
  const point = resumePoint({
    hosts,
    results,
    ...(counts === undefined ? {} : { counts }),
    texts: await textsIn(context.workspace.root),
  });
  if (point.type === 'nothing') throw new ToolError('conflict', `${callId}: ${point.why}`);
  const { startAtTask: _, ...rest } = request;
  const onHosts = { ...rest, limit: point.hosts.join(',') };
  const isAtTask = point.type === 'at-task';
  return withRollback(context, {
    request: isAtTask ? { ...onHosts, startAtTask: point.task } : onHosts,
    notes: [
      isAtTask
        ? `goes on from ${callId} at "${point.task}" on ${point.hosts.join(', ')}`
        : `begins anew on ${point.hosts.join(', ')}, where ${callId} did not come to its end`,
      ...point.notes,
    ],
    resumes: callId,
  });
}

async function planRollback(
  { records }: PlaybookTools,
  context: ToolContext,
  {
    before,
    variables,
  }: { readonly before: KnownApply; readonly variables: ApplyPlaybookArguments['variables'] },
): Promise<PlannedApply> {
  const { callId, tenant, request, hosts } = before;
  const other = await records.rollbackOf(tenant, callId);
  if (other !== undefined && other !== context.call?.callId) {
    throw new ToolError('conflict', `${callId} is taken back by ${other} already; resume that one`);
  }
  const playbook = await rollbackPath(context, request.playbook);
  if (playbook === undefined) {
    throw new ToolError(
      'not_found',
      `${request.playbook} names no play that takes it back (# holdfast:rollback=FILE on top of it); resume ${callId} instead, or write one`,
    );
  }
  const { inventories, extraVars, forks, become } = request;
  const given = { ...extraVars, ...variables };
  return {
    request: {
      playbook,
      inventories,
      limit: hosts.join(','),
      ...(Object.keys(given).length === 0 ? {} : { extraVars: given }),
      ...(forks === undefined ? {} : { forks }),
      ...(become === undefined ? {} : { become }),
    },
    notes: [`takes ${callId} back, which applied ${request.playbook}`],
    rollsBack: callId,
  };
}

async function withRollback(context: ToolContext, plan: PlannedApply): Promise<PlannedApply> {
  const rollback = await rollbackPath(context, plan.request.playbook);
  return rollback === undefined ? plan : { ...plan, rollback };
}

/** The playbook that a playbook names as its way back. */
async function rollbackPath(
  { workspace }: ToolContext,
  playbook: string,
): Promise<string | undefined> {
  const { rollback } = await playbookHeaderOf(workspace.root, playbook);
  return rollback === undefined ? undefined : posix.join(dirname(playbook), rollback);
}
