import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { applyStatus } from '../../../../domain/playbooks/apply/apply-status.ts';
import { stopsAfter } from '../../../../domain/playbooks/apply/batches.ts';
import { TaskResults } from '../../../../domain/playbooks/apply/task-results.ts';
import type { PlaybookOutcome, PlaybookRun } from '../../../playbooks/run/playbook-runner.ts';
import { CommandLost, CommandStopped } from '../../../sandbox/durable/launch.ts';
import {
  CallEnded,
  ShuttingDown,
  ToolError,
  type PerformContext,
  type ProbeContext,
  type ProbeResult,
  type ToolResult,
} from '../../tool.ts';
import {
  applyResult,
  cancelledResult,
  countsOf,
  nothingToChange,
  type EndedApply,
} from './apply-result.ts';
import { asToolError } from './as-tool-error.ts';
import { ChangeWriter } from './change-writer.ts';
import { playbookHeaderOf } from './playbook-header-of.ts';
import type { PlaybookTools } from './playbook-tools.ts';
import { preparedApplySchema, type PreparedApply } from './prepared-apply.ts';
import { applyIdOf } from './preview-playbook-tool.ts';
import { contentOf } from './repository-content.ts';

/** Longest an apply takes; a run is bounded by its own deadline as well. Milliseconds. */
const longestMs = 4 * 60 * 60 * 1_000;
/** Folders of runs are kept for who attaches to them. Milliseconds. */
const keptMs = 24 * 60 * 60 * 1_000;

/** Applies what was prepared, so that it outlives this worker. */
export async function performApply(
  tools: PlaybookTools,
  context: PerformContext,
): Promise<ToolResult> {
  const { workspace, callId } = context;
  const prepared = preparedApplySchema.parse(context.preconditions);
  if (prepared.isIdle) return nothingToChange(prepared);
  if ((await contentOf(workspace.root)) !== prepared.content) {
    throw new ToolError(
      'definition_changed',
      'files changed since the preview; nothing was applied',
    );
  }
  const { request, content, hosts, resumes, rollsBack } = prepared;
  const isFirst = await tools.records.begin({
    ...applyIdOf(callId),
    request,
    content,
    hosts,
    ...(resumes === undefined ? {} : { resumes }),
    ...(rollsBack === undefined ? {} : { rollsBack }),
  });
  if (!isFirst)
    throw new ToolError('conflict', `${rollsBack ?? ''} is taken back by another call already`);
  await sweep(tools.folder);
  return carryOut(tools, context, prepared);
}

/** Looks what became of an apply, and goes on with it where it still runs or has batches left. */
export async function probeApply(
  tools: PlaybookTools,
  context: ProbeContext,
): Promise<ProbeResult> {
  const prepared = preparedApplySchema.parse(context.preconditions);
  if (prepared.isIdle) return { type: 'happened', result: nothingToChange(prepared) };
  if (context.ledger === undefined)
    return { type: 'no-answer', why: 'no intent names the playbook' };
  if (!(await tools.runner.isBegun(nameOf(context, 0)))) return { type: 'did-not-happen' };
  const isEnded = context.runningOn === 'ended';
  const signal = isEnded ? AbortSignal.abort(new Error('its run has ended')) : context.signal;
  try {
    return { type: 'happened', result: await carryOut(tools, { ...context, signal }, prepared) };
  } catch (error) {
    if (!(error instanceof CommandLost)) throw error;
    const hint =
      'what it did until then is recorded; apply_playbook with resume goes on from there';
    return { type: 'no-answer', why: `${error.message}; ${hint}` };
  }
}

async function carryOut(
  tools: PlaybookTools,
  context: PerformContext,
  prepared: PreparedApply,
): Promise<ToolResult> {
  const { callId, signal } = context;
  const apply = applyIdOf(callId);
  const results = new TaskResults();
  const writer = new ChangeWriter((changes) => tools.records.put(apply, changes));
  const ended: EndedApply = { callId, prepared, outcomes: [], results, left: [] };
  try {
    const done = await runBatches(tools, context, { ...ended, writer });
    await writer.close();
    const status = statusOf(done);
    const counts = countsOf(done.outcomes);
    await tools.records.end(callId, status === 'unknown' ? { status } : { status, counts });
    return applyResult(done, status);
  } catch (error) {
    await writer.close();
    const isEnded = signal.aborted || error instanceof CommandStopped;
    if (signal.reason instanceof ShuttingDown) throw new CallEnded('in-the-middle', signal.reason);
    const status = error instanceof ToolError ? 'failed' : 'unknown';
    await tools.records.end(callId, { status: isEnded ? 'cancelled' : status });
    if (!isEnded || error instanceof CommandLost) throw error;
    return cancelledResult(ended, signal.aborted ? signal.reason : error);
  }
}

interface Batches extends EndedApply {
  readonly writer: ChangeWriter;
}

async function runBatches(
  tools: PlaybookTools,
  context: PerformContext,
  { writer, ...ended }: Batches,
): Promise<EndedApply> {
  const { prepared, results } = ended;
  const { batches, maxFailPercent } = prepared;
  const outcomes: PlaybookOutcome[] = [];
  for (const [index, batch] of batches.entries()) {
    const name = nameOf(context, index);
    const run: PlaybookRun = {
      repository: context.workspace.root,
      uid: context.workspace.uid,
      folder: join(tools.folder, name),
      name,
      signal: context.signal,
      leavesRunning: (reason) => reason instanceof ShuttingDown,
      handedOnBytes: 0,
      onEvent: (event) => {
        const changed = results.take(event);
        if (changed !== undefined) writer.add(changed);
      },
    };
    const outcome = await runOne(tools, context, { run, prepared, batch });
    outcomes.push(outcome);
    await forgetKeys(run.folder);
    const isLast = index === batches.length - 1;
    if (!isLast && stopsAfter(batch, outcome.hosts, maxFailPercent)) {
      return { ...ended, outcomes, left: batches.slice(index + 1).flat() };
    }
  }
  return { ...ended, outcomes };
}

async function runOne(
  tools: PlaybookTools,
  { timeoutMs, ...context }: PerformContext,
  {
    run,
    prepared,
    batch,
  }: {
    readonly run: PlaybookRun;
    readonly prepared: PreparedApply;
    readonly batch: readonly string[];
  },
): Promise<PlaybookOutcome> {
  if (await tools.runner.isBegun(run.name)) return tools.runner.attach(run);
  context.signal.throwIfAborted();
  await mkdir(tools.folder, { recursive: true, mode: 0o711 });
  const { root } = context.workspace;
  const { vaults } = await playbookHeaderOf(root, prepared.request.playbook);
  return asToolError(async () =>
    tools.runner.start({
      ...run,
      // Only hosts that were looked at: one that answers by now was not.
      request: { ...prepared.request, limit: batch.join(',') },
      requiredVars: [],
      vaults,
      wallMs: Math.min(longestMs, Math.max(timeoutMs, 1_000)),
    }),
  );
}

function statusOf({
  outcomes,
  prepared,
  left,
}: EndedApply): Exclude<ReturnType<typeof applyStatus>, never> {
  const stati = outcomes.map(({ status, hosts }) => applyStatus(status, hosts));
  for (const worst of ['unknown', 'failed', 'unreachable'] as const) {
    if (stati.includes(worst))
      return stati.length > 1 && worst === 'unreachable' ? 'partial' : worst;
  }
  const isPartial = left.length + prepared.unreachable.length > 0;
  return stati.includes('partial') || isPartial ? 'partial' : 'ok';
}

/** Names one batch of one intent. */
function nameOf({ callId, ledger }: PerformContext, batch: number): string {
  const call = createHash('sha256').update(callId).digest('hex').slice(0, 32);
  return `playbook-${call}-${ledger?.launchNumber ?? 0}-${batch}`;
}

/** Takes away what only the playbook needed: keys beside inventories, and variables. Its events stay. */
async function forgetKeys(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const names = (await readdir(folder)).filter((name) => name !== 'events.ndjson');
  await Promise.all(
    names.map(async (name) => rm(join(folder, name), { recursive: true, force: true })),
  );
}

/** Removes folders of runs that nobody attaches to any more. */
async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > keptMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
