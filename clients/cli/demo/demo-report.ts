import type { EffectSummary } from '../../effects-client.ts';
import type { RunDetail, RunDiff } from '../../runs-client.ts';
import { diffLines } from '../live/drawing/diff-lines.ts';
import { finalBlock } from '../live/final-block.ts';
import type { Styles } from '../output/styles.ts';
import type { DemoExample } from './demo-examples.ts';
import type { WorkerKill } from './kill-worker.ts';
import { repeated, type RunProgress } from './run-progress.ts';

/** What a demo that has ended leaves to be told. */
export interface DemoFacts {
  readonly example: DemoExample;
  /** Folder of the project; the run worked on a copy of it. */
  readonly project: string;
  readonly run: RunDetail;
  readonly diff: RunDiff | undefined;
  readonly temporalUrl: string | undefined;
  readonly costSoFar: string | undefined;
  readonly progress: RunProgress;
  readonly kill: WorkerKill | undefined;
  readonly effects: readonly EffectSummary[];
  /** From the command to here, set-up and all. Milliseconds. */
  readonly tookMs: number;
}

/** The demo as one JSON document. */
export function demoDocument(facts: DemoFacts): object {
  const { example, project, run, diff, temporalUrl, progress, kill, effects, tookMs } = facts;
  return {
    example: example.name,
    project,
    isRehearsal: run.rehearsal,
    run,
    tests: progress.tests.map((isGreen) => (isGreen ? 'green' : 'red')),
    approvals: progress.approvals,
    worker: kill ?? { type: 'spared', why: 'the run ended before there was a good moment' },
    effects,
    repeated: repeated(progress),
    files: diff?.files ?? [],
    patch: patchText(diff),
    ...(temporalUrl === undefined ? {} : { temporalUrl }),
    tookMs,
  };
}

/** The end of a demo for people: the run's own end, the diff, what happened on the way, and what to try next. */
export function demoText(facts: DemoFacts, styles: Styles, width: number): string {
  const { run, diff } = facts;
  const lines = [
    ...finalBlock(facts, styles, width),
    ...section('What it changed, in its copy', shownPatch(diff, styles), styles),
    ...section('What happened on the way', onTheWay(facts, styles), styles),
    ...section('What to try next', nextLines(facts, styles), styles),
    '',
    styles.dim(
      `${secondsText(facts.tookMs)} in all${run.rehearsal ? '. The replies were scripted, everything else was real.' : '.'}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[], styles: Styles): readonly string[] {
  if (lines.length === 0) return [];
  return ['', styles.bold(title), ...lines.map((text) => `  ${text}`)];
}

function patchText(diff: RunDiff | undefined): string {
  return diff === undefined ? '' : Buffer.from(diff.patch).toString('utf8');
}

/** The patch without the lines that only git reads. */
function shownPatch(diff: RunDiff | undefined, styles: Styles): readonly string[] {
  const isForGit = /^(?:diff --git|index|new file mode) /;
  const lines = patchText(diff)
    .split('\n')
    .filter((text) => !isForGit.test(text));
  return diffLines(lines.join('\n'), styles);
}

function onTheWay(facts: DemoFacts, styles: Styles): readonly string[] {
  const { progress, kill, effects } = facts;
  const counts = new Map<string, number>();
  for (const { tool } of effects) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  const names = [...counts].map(([tool, count]) => (count === 1 ? tool : `${count} ${tool}`));
  const twice = repeated(progress);
  return [
    `tests: ${progress.tests.map((isGreen) => (isGreen ? styles.good('green') : styles.bad('red'))).join(', then ')}`,
    kill?.type === 'killed'
      ? `the worker was killed with kill -9; another one went on after ${secondsText(kill.downMs)}`
      : `the worker lived on: ${kill?.why ?? 'the run ended before there was a good moment'}`,
    `effects in the ledger: ${effects.length} (${names.join(', ')})`,
    twice.length === 0
      ? `${styles.good('✓')} each was begun once, and every answer of the model counts once`
      : `${styles.bad('✗')} begun more than once: ${twice.join(', ')}`,
  ];
}

function secondsText(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

function nextLines({ run }: DemoFacts, styles: Styles): readonly string[] {
  const { key } = run;
  const steps = (
    [
      [`holdfast runs apply ${key}`, 'take the change over'],
      [`holdfast runs transcript ${key}`, 'read everything that was said'],
      [`holdfast effects list --run ${key}`, 'see what was done, and when'],
      ['holdfast run "…" --workspace FOLDER', 'work on your own project'],
      ['holdfast down', 'end the instance'],
    ] as const
  ).map(([command, why]) => [styles.hint(command), why] as const);
  const commandWidth = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, why]) => `${command.padEnd(commandWidth)}  ${styles.dim(why)}`);
}
