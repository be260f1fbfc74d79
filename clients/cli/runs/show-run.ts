import { waitInWords } from '../../../domain/locks/call-locks.ts';
import { isEnded } from '../../../domain/run/status.ts';
import type { RunDetail, RunDiff } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { fileLines } from '../live/final-block.ts';
import { millisecondsBetween } from '../live/times.ts';
import { costText, countText } from '../live/totals.ts';
import { wrapText } from '../live/drawing/wrap-text.ts';
import { formatDuration } from '../output/duration.ts';
import type { Styles } from '../output/styles.ts';
import { type Cell, renderKeyValues } from '../output/table.ts';
import { safeText, singleLine } from '../output/text-width.ts';
import { answerCommands } from '../people/answer-commands.ts';
import { withClient } from '../with-client.ts';
import { statusStyle, statusText } from './list-runs.ts';
import { pickRun } from './pick-run.ts';
import { diffOf } from '../following/show-run-end.ts';

/** Shows one run as it stands. */
export async function showRun(context: CommandContext, typed: string | undefined): Promise<void> {
  await withClient(context, async (client) => {
    const run = await client.getRun(await pickRun(context, client, { typed, which: 'all' }));
    const diff = await diffOf(client, run);
    const temporalUrl = client.temporalUrl(run.runId);
    const document = {
      ...run,
      resumable: !isEnded(run.status),
      files: diff?.files ?? [],
      ...(temporalUrl === undefined ? {} : { temporalUrl }),
    };
    context.output.result(document, (styles) =>
      runText({ run, diff, temporalUrl }, styles, context.output.width()),
    );
  });
}

interface ShownRun {
  readonly run: RunDetail;
  readonly diff: RunDiff | undefined;
  readonly temporalUrl: string | undefined;
}

function runText({ run, diff, temporalUrl }: ShownRun, styles: Styles, width: number): string {
  const summary = wrapText(safeText(run.result?.payload.summary ?? ''), {
    width: Math.min(width, 100),
    indent: '  ',
  });
  const parts = [
    [styles.bold(singleLine(run.title))],
    renderKeyValues(pairsOf(run, temporalUrl, styles), width)
      .trimEnd()
      .split('\n'),
    titled('result', summary),
    titled('changed files', diff === undefined ? [] : fileLines(diff.files, styles)),
    titled(
      'waits for a person',
      run.approvals.flatMap((item) => waitingLines(item, styles)),
    ),
    titled(
      'runs unasked',
      run.grants.map(
        (grant) => `  ${grant.tool} "${singleLine(grant.pattern)}" (${grant.grantId})`,
      ),
    ),
    titled('effects', effectLines(run, styles)),
  ];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => `${part.join('\n')}\n`)
    .join('\n');
}

function pairsOf(
  run: RunDetail,
  temporalUrl: string | undefined,
  styles: Styles,
): readonly (readonly [string, Cell])[] {
  const { limits } = run;
  const seconds = millisecondsBetween(run.createdAt, run.endedAt ?? new Date().toISOString()) / 1e3;
  const most = [
    `${limits.maxTurns} turns`,
    formatDuration(limits.timeoutSeconds),
    limits.maxCostMicroUsd === null ? 'no limit on cost' : costText(limits.maxCostMicroUsd),
  ];
  const stopped = run.stopReason === null ? [] : [['stopped by', run.stopReason] as const];
  const said = run.message === null ? [] : [['because', singleLine(run.message)] as const];
  const waits = run.waitsForLocks.map((wait) => ['now', singleLine(waitInWords(wait))] as const);
  const workspace =
    run.request.workspace === undefined ? [] : [['copy of', run.request.workspace] as const];
  const temporal = temporalUrl === undefined ? [] : [['Temporal', temporalUrl] as const];
  return [
    ['run', run.key],
    ['status', { text: statusText(run), style: statusStyle(run.status, styles) }],
    ...stopped,
    ...said,
    ...waits,
    ['project', run.project],
    ...workspace,
    ['asked by', run.requestedBy],
    ['specialist', run.specialist],
    ['policy', run.policy],
    ['model', `${run.model ?? 'none'}${run.rehearsal ? ' (scripted replies, no real model)' : ''}`],
    ['limits', most.join(', ')],
    ['turns', String(run.turn)],
    ['tokens', `${countText(run.tokensIn)} in, ${countText(run.tokensOut)} out`],
    ['cost', costText(run.costMicroUsd)],
    ['started', run.createdAt],
    ['took', formatDuration(seconds)],
    ...temporal,
  ];
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

function waitingLines(item: RunDetail['approvals'][number], styles: Styles): readonly string[] {
  return [
    `  ${singleLine(item.subject)}  [${item.risk}]`,
    ...answerCommands(item).map((command) => styles.hint(`    ${command}`)),
  ];
}

/** Newest effects that are shown; all of them with `effects list`. */
const maxEffects = 20;

function effectLines({ effects, key }: RunDetail, styles: Styles): readonly string[] {
  const shown = effects
    .slice(-maxEffects)
    .map((effect) => `  ${effect.state.padEnd(9)}  ${singleLine(effect.target)}`);
  if (effects.length <= maxEffects) return shown;
  const all = styles.hint(`holdfast effects list --run ${key} --limit 1000`);
  return [`  … all of them: ${all}`, ...shown];
}
