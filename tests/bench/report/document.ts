import type { TurnGrowth } from '../measures/history.ts';
import type { LoopTimes } from '../measures/steps.ts';
import type { TurnCost } from '../measures/turn-cost.ts';
import type { Machine } from './machine.ts';
import { cpuRatio, stepRatio, type PairedRounds, type Results } from './results.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** Writes the results as a page of the documentation. */
export function documentOf(results: Results, machine: Machine): string {
  const { one, hundred, history, deaths, sandbox, waitingRuns } = results;
  const resume = spreadOf(deaths.map(({ resumeMs }) => resumeMs));
  const start = spreadOf(deaths.map(({ workerStartMs }) => workerStartMs));
  const [ours10, ours200] = history.ours;
  return `# Benchmarks

Written by \`npm run bench\`; run it again to replace these figures with those of your machine (a few minutes, nothing else
should run). \`npm run bench -- --quick --json\` prints the short form in under a minute.

Measured ${machine.date} on ${machine.cores} cores (${machine.cpu}), ${machine.memory} of memory, ${machine.system}, Node ${machine.node},
Temporal SDK ${machine.sdk}, ${machine.temporal}, ${machine.postgres}. Seed ${results.seed}.
Load average before the start: ${machine.load.toFixed(1)}; other work on the same cores lengthens times and spreads, and pairs suffer together.

## What is compared

A step is one model call and one file that is written. **Ours** is the loop of every run: policy, conversation blocks, effect
ledger, event log and projections, with the durable PostgreSQL that \`holdfast up\` starts. **Bare** is a workflow of ten lines with two activities: the
client of the provider, and \`writeFile\`. Both send the same requests to the same scripted model, which answers at once, on the same
Temporal server (SQLite file, write-ahead log, \`synchronous=1\`, \`history.transferProcessorMaxPollRPS=2000\`), each with one worker on one queue, so that
activities are dispatched eagerly. Each pair runs one after the other in random order. The clock starts when every run waits for its first
answer and stops when every run has asked once more after its last step: starting and closing runs is not counted.

**Ratios are ours by bare: 1.5 means that ours takes half as much again.** Spreads are least / median / greatest of the pairs.

## Steps

| | 1 run | ${hundred.load.runs} runs at once |
|---|---|---|
| pairs; steps of each run | ${one.pairs.length}; ${one.load.steps} | ${hundred.pairs.length}; ${hundred.load.steps} |
| ours, steps a second | ${perSecond(one, 'ours')} | ${perSecond(hundred, 'ours')} |
| bare, steps a second | ${perSecond(one, 'bare')} | ${perSecond(hundred, 'bare')} |
| **time of a step, ratio** | **${ratio(stepRatio(one))}** | **${ratio(stepRatio(hundred))}** |
| ours, CPU ms a step: worker + Temporal; PostgreSQL | ${cpu(one, 'ours')} | ${cpu(hundred, 'ours')} |
| bare, CPU ms a step: worker + Temporal; PostgreSQL | ${cpu(one, 'bare')} | ${cpu(hundred, 'bare')} |
| **CPU of a step, worker and Temporal, ratio** | **${ratio(cpuRatio(one))}** | **${ratio(cpuRatio(hundred))}** |
| the same with PostgreSQL | ${ratio(cpuRatio(one, 'with-postgres'))} | ${ratio(cpuRatio(hundred, 'with-postgres'))} |

CPU is what /proc counts for each process and its children, in ticks of 10 ms.

## History

| a turn adds | at turn 10 | at turn 200 | growth |
|---|---|---|---|
| ours | ${growth(ours10)} | ${growth(ours200)} | ${percent(ours200.bytes / ours10.bytes)} |
${bareRow(history.bare)}

Bytes are those of the events as Temporal stores them (protobuf), the mean of five turns of one real run.

## Ledger, audit and reservation

${costTable(results.turnCost)}

Counted by the server itself over ${results.turnCost.turns} turns of one run alone, each with one effect. Everything that a turn writes goes along in few
commits: reservation, journal, ledger, events, what the audit will chain, conversation, and totals. The setting \`synchronous_commit\` is on, and
two commits wait for the disk: the answer of the model, and the intent of the effect. Three do not: the one that opens the turn, the journal of
the call with its reservation, and the outcome. They outlive every process but the database server. When that one crashes (or the power fails) it may lose what it
committed in its last 0.6 s: the count of an attempt, the estimate of a call that was under way, which is counted with its answer then, or an outcome. The intent is never lost, so
nothing happens twice: the worker that saw the outcome writes it again, else the next one looks what happened, as after any other death.

## Death, waiting, sandbox

| | |
|---|---|
| kill -9 of the worker to the next model call | ${milliseconds(resume)} |
| start of a worker process alone | ${milliseconds(start)} |
| difference of the medians | ${(resume.median - start.median).toFixed(0)} ms |
| heap of a run that waits for an approval, ${waitingRuns} waiting | ${(results.heapBytesPerWaitingRun / 1024).toFixed(1)} KiB |
| a command in the sandbox (\`true\`) | ${milliseconds(spreadOf(sandbox.inside), 1)} |
| the same, durable: it outlives its worker | ${milliseconds(spreadOf(sandbox.durable), 1)} |
| the same without the sandbox | ${milliseconds(spreadOf(sandbox.outside), 1)} |

- The worker is killed while its run waits for the model, ${deaths.length} times. As in a running instance, the supervisor reaps the process, tells
  Temporal which worker is dead, and starts another one at the same time. The start alone is measured right after, from the spawn to the first poll.
- Heap is what the main thread and the workflow thread of the worker hold after a full collection (\`--expose-gc\`), with every run
  cached; the figure is the slope between a tenth of the runs and all of them.
`;
}

function costTable(cost: TurnCost): string {
  const rows = [
    ['commits that write', cost.commits.toFixed(2)],
    ['**commits that wait for the disk**', `**${cost.synchronousCommits.toFixed(2)}**`],
    ['flushes that nobody waits for', cost.backgroundFlushes.toFixed(2)],
    ['time of all statements on the server', `${cost.databaseMs.toFixed(1)} ms`],
    ['write-ahead log', `${(cost.walBytes / 1024).toFixed(1)} KiB`],
  ];
  const lines = rows.map(([what, figure]) => `| ${what ?? ''} | ${figure ?? ''} |`);
  return ['| a turn costs | |', '|---|---|', ...lines].join('\n');
}

function timesOf({ pairs }: PairedRounds, loop: 'ours' | 'bare'): readonly LoopTimes[] {
  return pairs.map((pair) => pair[loop]);
}

function perSecond(rounds: PairedRounds, loop: 'ours' | 'bare'): string {
  return three(spreadOf(timesOf(rounds, loop).map(({ wallMs }) => 1_000 / wallMs)), 1);
}

function cpu(rounds: PairedRounds, loop: 'ours' | 'bare'): string {
  const times = timesOf(rounds, loop);
  const median = (of: (each: LoopTimes) => number): string =>
    spreadOf(times.map((each) => of(each))).median.toFixed(1);
  return `${median((each) => each.workerCpuMs)} + ${median((each) => each.temporalCpuMs)}; ${median((each) => each.postgresCpuMs)}`;
}

function growth({ bytes, events }: TurnGrowth): string {
  return `${bytes.toFixed(0)} bytes, ${events.toFixed(1)} events`;
}

function bareRow(bare: Results['history']['bare']): string {
  if (bare === undefined) return '| bare | left out | | |';
  const [turn10, turn200] = bare;
  return `| bare | ${growth(turn10)} | ${growth(turn200)} | ${percent(turn200.bytes / turn10.bytes)} |`;
}

function percent(factor: number): string {
  return `${((factor - 1) * 100).toFixed(1)} %`;
}

function ratio(spread: Spread): string {
  return three(spread, 2);
}

function milliseconds(spread: Spread, digits = 0): string {
  return `${three(spread, digits)} ms`;
}

function three({ min, median, max }: Spread, digits: number): string {
  return `${min.toFixed(digits)} / ${median.toFixed(digits)} / ${max.toFixed(digits)}`;
}
