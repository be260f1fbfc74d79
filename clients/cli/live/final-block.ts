import type { RunDetail, RunDiff } from '../../runs-client.ts';
import { formatDuration } from '../output/duration.ts';
import type { Styles } from '../output/styles.ts';
import { padText, safeText, singleLine, textWidth } from '../output/text-width.ts';
import { millisecondsBetween } from './times.ts';
import { costText, countText } from './totals.ts';
import { wrapText } from './drawing/wrap-text.ts';

/** What is shown when a run has ended. */
export interface FinalFacts {
  readonly run: RunDetail;
  /** Undefined when it could not be read. */
  readonly diff: RunDiff | undefined;
  readonly temporalUrl: string | undefined;
  /** What the calls cost at least, when the whole cost is unknown. */
  readonly costSoFar?: string | undefined;
}

/** The last lines on a run that has ended: result, files, what it used, and what to do next. */
export function finalBlock(
  { run, diff, temporalUrl, costSoFar }: FinalFacts,
  styles: Styles,
  width: number,
): readonly string[] {
  const files = diff?.files ?? [];
  const hasChanges = files.length > 0;
  const took = formatDuration(
    millisecondsBetween(run.createdAt, run.endedAt ?? run.createdAt) / 1_000,
  );
  const cost = run.costMicroUsd === null ? (costSoFar ?? 'unknown') : costText(run.costMicroUsd);
  const facts: readonly (readonly [string, string])[] = [
    ['model', `${run.model ?? 'none'}${run.rehearsal ? ' (scripted replies, no real model)' : ''}`],
    ['tokens', `${countText(run.tokensIn)} in, ${countText(run.tokensOut)} out`],
    ['cost', cost],
    ['time', `${took}, ${run.turn === 1 ? '1 turn' : `${run.turn} turns`}`],
    ...(hasChanges
      ? ([
          ['see it', styles.hint(`holdfast runs diff ${run.key}`)],
          ['take it', styles.hint(`holdfast runs apply ${run.key}`)],
        ] as const)
      : []),
    ...(temporalUrl === undefined ? [] : ([['Temporal', temporalUrl]] as const)),
  ];
  return [
    '',
    headline(run, styles),
    ...summaryLines(run, styles, width),
    ...nextSteps(run, width),
    ...(hasChanges ? ['', ...fileLines(files, styles)] : []),
    '',
    ...facts.map(([name, value]) => `  ${styles.dim(padText(name, 8, 'left'))}  ${value}`),
  ];
}

function headline(run: RunDetail, styles: Styles): string {
  const why =
    run.stopReason === null || run.stopReason === 'finished' || run.stopReason === 'cancelled'
      ? ''
      : ` (${stopWords[run.stopReason] ?? run.stopReason})`;
  const message = run.message === null ? '' : `: ${singleLine(run.message)}`;
  const text = `${run.status.replace('_', ' ')}${why}`;
  if (run.status === 'completed') return styles.good(styles.bold(`✓ ${text}`));
  return `${styles.bad(styles.bold(`✗ ${text}`))}${message}`;
}

const stopWords: { readonly [reason: string]: string } = {
  max_turns: 'used all its turns',
  time: 'used all its time',
  cost: 'used all its money',
  stall: 'made no progress',
  policy: 'policy refused',
  gate_failed: 'a check of the result failed',
  budget_paused: 'the budget is used up',
  error: 'an error',
};

/** Without a finish the summary is only what the model said last. */
function summaryLines({ result }: RunDetail, styles: Styles, width: number): readonly string[] {
  const payload = result?.payload;
  if (payload === undefined || payload.summary.trim() === '') return [];
  const lines = wrapText(safeText(payload.summary), { width, indent: '  ' });
  return payload.finishedBy === 'limit' ? [styles.dim('  last words:'), ...lines] : lines;
}

function nextSteps(run: RunDetail, width: number): readonly string[] {
  const steps = run.result?.payload.nextSteps ?? [];
  return steps.flatMap((step) => wrapText(`- ${singleLine(step)}`, { width, indent: '  ' }));
}

/** One line for each changed file, and their sum. */
export function fileLines(files: RunDiff['files'], styles: Styles): readonly string[] {
  const widest = Math.max(0, ...files.map(({ path }) => textWidth(singleLine(path))));
  const statusWidth = Math.max(0, ...files.map(({ status }) => textWidth(status)));
  const lines = files.map(({ path, status, added, removed }) => {
    const counts =
      added === null || removed === null
        ? styles.dim('binary')
        : `${styles.good(`+${added}`)} ${styles.bad(`-${removed}`)}`;
    return `  ${padText(status, statusWidth, 'left')}  ${padText(singleLine(path), Math.min(widest, 70), 'left')}  ${counts}`;
  });
  const added = files.reduce((sum, file) => sum + (file.added ?? 0), 0);
  const removed = files.reduce((sum, file) => sum + (file.removed ?? 0), 0);
  const word = files.length === 1 ? 'file' : 'files';
  return [...lines, styles.dim(`  ${files.length} ${word} changed, +${added} -${removed}`)];
}
