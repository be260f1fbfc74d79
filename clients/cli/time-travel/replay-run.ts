import { HoldfastError } from '../../../domain/failures.ts';
import { isReplayReport, type ReplayReport } from '../../../domain/run/replay-report.ts';
import { canonicalJson } from '../../../storage/hashing.ts';
import type { CommandContext } from '../command-context.ts';
import { safeText } from '../output/text-width.ts';
import { pickRun } from '../runs/pick-run.ts';
import { withClient } from '../with-client.ts';

/**
 * Prints the record of a run, byte for byte the same every time, or holds it against the program of today.
 *
 * @throws {HoldfastError} replay_diverged that names the first event, or the verdicts, that would be others today.
 */
export async function replayRun(
  context: CommandContext,
  typed: string | undefined,
  manner: 'print' | 'verify',
): Promise<void> {
  await withClient(context, async (client) => {
    const picked = await pickRun(context, client, { typed, which: 'all' });
    const record = await client.timeTravel.recordOf(picked);
    const { runId, events, refused } = record;
    for (const { error } of refused) {
      context.output.talk(`not read: ${error.message}`);
      context.output.hint(error.suggestion);
    }
    if (manner === 'print') {
      context.output.result(record, () =>
        events
          .map(({ seq, type, at, data }) =>
            safeText(`${seq} ${at} ${type} ${canonicalJson(data)}\n`),
          )
          .join(''),
      );
      return;
    }
    const changed = await client.timeTravel.judgeAgain(runId);
    const history = await replayHistory(context, runId);
    if (history.type === 'failed') throw new HoldfastError('unavailable', history.message);
    if (history.type === 'diverged') {
      throw new HoldfastError(
        'replay_diverged',
        `the workflow code of this program takes another way at event ${history.event}: ${history.message}`,
        { details: { event: history.event, verdicts: changed } },
      );
    }
    const [first] = changed;
    if (first !== undefined) {
      throw new HoldfastError(
        'replay_diverged',
        `${changed.length} verdicts would be others today, first that on ${first.callId}: ${first.recorded}, today ${first.today}`,
        { details: { event: first.callId, verdicts: changed } },
      );
    }
    const { executions, events: count } = history;
    context.output.result(
      { runId, verified: true, executions, historyEvents: count },
      () =>
        `the same: ${count} events of ${executions} ${executions === 1 ? 'execution' : 'executions'}, and every verdict\n`,
    );
  });
}

/** Asks the program that has the workflow code. */
async function replayHistory(context: CommandContext, runId: string): Promise<ReplayReport> {
  const { temporalAddress, namespace } = await context.instance();
  let report: ReplayReport | undefined;
  const program = context.programs.start({
    name: 'replay',
    args: [temporalAddress, namespace, runId],
    onMessage: (message) => {
      if (isReplayReport(message)) report = message;
    },
  });
  const stop = context.onInterrupt((signal) => program.signal(signal));
  const code = await program.ended;
  stop();
  if (report !== undefined) return report;
  throw new HoldfastError(
    'internal',
    `the replay ended without a report (exit code ${code ?? 'none'})`,
  );
}
