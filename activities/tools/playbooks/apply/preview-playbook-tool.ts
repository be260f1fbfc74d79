import { z } from 'zod';

import {
  previewPlaybookSchema,
  type PreviewPlaybookArguments,
} from '../../../../domain/playbooks/playbook-call-schema.ts';
import { previewOf } from '../../../../domain/tools/prepared-call.ts';
import {
  ToolError,
  type PerformContext,
  type Preparation,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '../../tool.ts';
import { lookAtHosts } from './look-at-hosts.ts';
import { playbookHeaderOf, secretsOf } from './playbook-header-of.ts';
import { requestOf } from './plan-apply.ts';
import type { PlaybookTools } from './playbook-tools.ts';
import { previewText, requestLines } from './render-preview.ts';
import { contentOf } from './repository-content.ts';

/** Most changed files that are named one by one. */
const mostNamed = 20;

const prepared = z.object({ content: z.string(), changed: z.number() });

/**
 * Shows what a playbook would change. It reads as long as the files are those that the run found: a playbook can run
 * programs of its own even in check mode, so one that the run itself wrote is looked at by a person first.
 */
export function createPreviewPlaybookTool(tools: PlaybookTools): Tool<PreviewPlaybookArguments> {
  return {
    name: 'preview_playbook',
    version: 1,
    access: 'read',
    needs: 'network',
    description:
      'Runs an Ansible playbook in check mode and tells per host and task what it would change, with differences, and which tasks check mode can tell nothing of. Changes nothing.',
    schema: previewPlaybookSchema,
    effect: {
      precondition: 'the files of the repository',
      probe: 'none; it changes nothing, and is made again',
      undo: 'nothing to take back',
    },
    prepare: (args, context) => prepare(tools, args, context),
    perform: (args, context) => perform(tools, args, context),
    probe: () => Promise.resolve({ type: 'did-not-happen' }),
  };
}

async function prepare(
  tools: PlaybookTools,
  args: PreviewPlaybookArguments,
  context: ToolContext,
): Promise<Preparation> {
  const { workspace } = context;
  const request = requestOf(tools, context, args);
  const header = await playbookHeaderOf(workspace.root, args.playbook);
  const content = await contentOf(workspace.root);
  const changed = await unseenFiles(tools, context, content);
  const unresolved = changed.length === 0 ? [] : [changedLine(changed)];
  return {
    facts: {
      access: changed.length === 0 ? 'read' : 'change',
      paths: [{ path: args.playbook, operation: 'read' }],
      commands: [],
      hosts: [],
      unresolved,
      ...secretsOf(header),
    },
    preconditions: { content, changed: changed.length },
    preview: previewOf(
      `preview ${args.playbook}${args.limit === undefined ? '' : ` on ${args.limit}`}`,
    ),
    detail: [...requestLines(request), ...unresolved].join('\n'),
  };
}

async function perform(
  tools: PlaybookTools,
  args: PreviewPlaybookArguments,
  context: PerformContext,
): Promise<ToolResult> {
  const { workspace, callId, timeoutMs } = context;
  const { content, changed } = prepared.parse(context.preconditions);
  if ((await contentOf(workspace.root)) !== content) {
    throw new ToolError('conflict', 'files changed since this was prepared; nothing was run');
  }
  // Whoever let it happen has seen these files.
  if (changed > 0) await tools.records.seen(applyIdOf(callId), content);
  const request = requestOf(tools, context, args);
  const { preview } = await lookAtHosts(tools, context, { request, limitMs: timeoutMs });
  return { status: 'ok', text: previewText(preview), progress: true };
}

/** Files that are not as the run found them, and that no person has looked at as they are now. */
export async function unseenFiles(
  { changedFiles, records }: PlaybookTools,
  { workspace, call }: ToolContext,
  content: string,
): Promise<readonly string[]> {
  const changed = await changedFiles(workspace);
  if (changed.length === 0 || call === undefined) return changed;
  return (await records.isSeen(call.tenant, content)) ? [] : changed;
}

/** Names changed files in one line. */
export function changedLine(changed: readonly string[]): string {
  const more = changed.length > mostNamed ? ` and ${changed.length - mostNamed} more` : '';
  return `files are not as the run found them: ${changed.slice(0, mostNamed).join(', ')}${more}`;
}

/** Tenant and run of a call, as its id has them. */
export function applyIdOf(callId: string): { callId: string; tenant: string; runId: string } {
  const [kind = '', tenant = '', key = ''] = callId.split('/');
  return { callId, tenant, runId: `${kind}/${tenant}/${key}` };
}
