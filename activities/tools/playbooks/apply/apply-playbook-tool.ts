import { batchesOf } from '../../../../domain/playbooks/apply/batches.ts';
import {
  applyPlaybookSchema,
  type ApplyPlaybookArguments,
} from '../../../../domain/playbooks/playbook-call-schema.ts';
import { previewDifference } from '../../../../domain/playbooks/preview/preview-difference.ts';
import { isIdle } from '../../../../domain/playbooks/preview/preview.ts';
import type { WantedLock } from '../../../../domain/locks/lock-name.ts';
import type { CallFacts } from '../../../../domain/tools/facts.ts';
import { previewOf } from '../../../../domain/tools/prepared-call.ts';
import { lockNameOf } from '../../../locks/lock-name-of.ts';
import { ToolError, type Preparation, type Tool, type ToolContext } from '../../tool.ts';
import { lookAtHosts, type LookedAt } from './look-at-hosts.ts';
import { performApply, probeApply } from './perform-apply.ts';
import { planApply, type PlannedApply } from './plan-apply.ts';
import { playbookHeaderOf, secretsOf } from './playbook-header-of.ts';
import type { PlaybookTools } from './playbook-tools.ts';
import { mostMarks, preparedApplySchema, type PreparedApply } from './prepared-apply.ts';
import { changedLine, unseenFiles } from './preview-playbook-tool.ts';
import {
  openActions,
  openReasons,
  previewText,
  requestLines,
  summaryOf,
} from './render-preview.ts';
import { contentOf } from './repository-content.ts';

/**
 * Applies a playbook to hosts. What it would do is looked at when it is prepared, and again right before it runs: the
 * digest covers the difference on every host, so that nothing is applied but what was seen.
 */
export function createApplyPlaybookTool(tools: PlaybookTools): Tool<ApplyPlaybookArguments> {
  return {
    name: 'apply_playbook',
    version: 1,
    access: 'destructive',
    needs: 'network',
    description:
      'Applies an Ansible playbook to hosts. It is previewed first, and exactly that preview is what a person approves; hosts that changed meanwhile are asked about anew. A failed one goes on with resume, or is taken back with rollsBack.',
    schema: applyPlaybookSchema,
    effect: {
      precondition: 'the files of the repository, and what check mode says on every host',
      probe: 'attaches to the playbook by its marker, or reads its events and its exit record',
      undo: 'apply_playbook with rollsBack applies the play that the playbook names by # holdfast:rollback=; else by hand',
    },
    prepare: (args, context) => prepare(tools, args, context),
    perform: (_, context) => performApply(tools, context),
    probe: (_, context) => probeApply(tools, context),
  };
}

async function prepare(
  tools: PlaybookTools,
  args: ApplyPlaybookArguments,
  context: ToolContext,
): Promise<Preparation> {
  const content = await contentOf(context.workspace.root);
  const unseen = await unseenFiles(tools, context, content);
  if (unseen.length > 0) {
    throw new ToolError(
      'conflict',
      `${changedLine(unseen)}. A playbook runs programs of its own even when it is only looked at: call preview_playbook with it first, which asks a person to look at the files`,
    );
  }
  const plan = await planApply(tools, context, { args, content });
  const looked = await lookAtHosts(tools, context, plan);
  const header = await playbookHeaderOf(context.workspace.root, plan.request.playbook);
  const { preview, marks, digest, inventory } = looked;
  const hosts = preview.hosts.filter((host) => !preview.unreachable.includes(host));
  const isNothing = isIdle(preview);
  const preconditions: PreparedApply = {
    request: plan.request,
    content,
    inventory,
    digest,
    marks: marks.slice(0, mostMarks).map((mark) => ({ ...mark })),
    hosts,
    unreachable: [...preview.unreachable],
    isIdle: isNothing,
    batches: batchesOf(hosts, args.batch).map((batch) => [...batch]),
    maxFailPercent: args.maxFailPercent ?? 0,
    ...(plan.resumes === undefined ? {} : { resumes: plan.resumes }),
    ...(plan.rollsBack === undefined ? {} : { rollsBack: plan.rollsBack }),
    ...(plan.rollback === undefined ? {} : { rollback: plan.rollback }),
  };
  return {
    facts: { ...factsOf(plan, looked), ...secretsOf(header) },
    preconditions: JSON.parse(JSON.stringify(preconditions)),
    ...(isNothing ? {} : { locks: hosts.map(lockOf) }),
    preview: previewOf(`${verbOf(plan)} ${plan.request.playbook}: ${summaryOf(preview)}`),
    detail: [
      ...driftLines(context, preconditions),
      ...requestLines(plan.request),
      ...plan.notes.map((note) => `note       ${note}`),
      ...(preconditions.batches.length > 1 ? [batchLine(preconditions)] : []),
      `content    ${content}`,
      `digest     ${digest}`,
      '',
      isNothing ? 'nothing to change' : previewText(preview),
    ].join('\n'),
  };
}

/** Nobody else changes the host meanwhile: the second look at it is made under the lock as well. */
function lockOf(host: string): WantedLock {
  return { name: lockNameOf('host', host.toLowerCase()), mode: 'exclusive' };
}

function verbOf({ resumes, rollsBack }: PlannedApply): string {
  if (resumes !== undefined) return 'resume';
  return rollsBack === undefined ? 'apply' : 'roll back with';
}

function batchLine({ batches, maxFailPercent }: PreparedApply): string {
  const names = batches.map((batch) => batch.join('+')).join(', ');
  return `batches    ${names}; stops when more than ${maxFailPercent} % of one fail`;
}

/** Who decides reads what is judged: the playbook, its hosts, and what nobody can tell of it. */
function factsOf({ request }: PlannedApply, { preview }: LookedAt): CallFacts {
  const { playbook } = request;
  const run = ['ansible-playbook', playbook];
  const open = openActions(preview).map((action) => [...run, '--not-predictable', action]);
  return {
    access: 'destructive',
    paths: [],
    commands: [run, ...open].map((argv) => ({ argv, assignments: [], via: [] })),
    hosts: preview.hosts.map((host) => host.toLowerCase()),
    unresolved: openReasons(preview),
    ...(isIdle(preview) ? { idle: true as const } : {}),
  };
}

/** What is not any more as it was when the call was asked for. */
function driftLines({ call }: ToolContext, now: PreparedApply): readonly string[] {
  if (call?.before === undefined) return [];
  const before = preparedApplySchema.safeParse(call.before).data;
  if (before === undefined || before.digest === now.digest) return [];
  const lines = previewDifference(before.marks, now.marks);
  const shown = lines.length === 0 ? ['other hosts answer, or more tasks are concerned'] : lines;
  return [
    'preview_drift: this is not what was shown before; nothing was applied',
    ...shown.map((line) => `  ${line}`),
    '',
  ];
}
