import { HoldfastError } from '../../../domain/failures.ts';
import type { InstanceSummary } from '../../../domain/settings/instance-messages.ts';
import type { InstanceRecord } from '../../../domain/settings/instance-record-schema.ts';
import { maskPassword } from '../../../domain/settings/mask-url.ts';
import type { CommandContext } from '../command-context.ts';
import { readInstance } from './home-door.ts';
import { awaitOther, launchInstance, type LaunchedInstance } from './launch-instance.ts';
import { showInstance } from './show-instance.ts';
import { tellInstanceNotes } from './instance-notes.ts';
import type { UpOptions } from './up.ts';

/** Starts an instance; returns when it is ready (detached) or when it has ended. */
export async function runUp(context: CommandContext, options: UpOptions): Promise<void> {
  const isDetached = options.detach === true;
  const running = readInstance(context.home, context.sendSignal);
  if (running.type === 'running') return alreadyRunning(context, running.record, isDetached);
  let launched: LaunchedInstance;
  try {
    launched = await launchInstance(context, options, isDetached);
  } catch (failure) {
    const isConflict = failure instanceof HoldfastError && failure.code === 'conflict';
    if (!isDetached || !isConflict) throw failure;
    return alreadyRunning(context, await awaitOther(context, failure), true);
  }
  const { program, summary, watch, stopListening } = launched;
  showInstance(context, summary, isDetached ? 'detached' : 'foreground');
  if (isDetached) {
    stopListening();
    program.release();
    return;
  }
  const code = await program.ended;
  stopListening();
  if (watch.failure !== undefined) context.stderr.write(`error: ${watch.failure.message}\n`);
  context.setExitCode(code ?? 1);
}

function alreadyRunning(
  context: CommandContext,
  record: InstanceRecord,
  isDetached: boolean,
): void {
  if (!isDetached) {
    throw new HoldfastError(
      'conflict',
      `an instance is already running on ${context.home} (process ${record.supervisor.pid})`,
      {
        suggestion:
          'see it with holdfast status, end it with holdfast down, or set HOLDFAST_HOME for a second one',
      },
    );
  }
  context.output.talk('an instance is already running');
  const summary: InstanceSummary = {
    home: context.home,
    pid: record.supervisor.pid,
    temporalAddress: record.temporalAddress,
    ...(record.temporalUi === undefined ? {} : { temporalUi: record.temporalUi }),
    database: maskPassword(record.databaseUrl),
    namespace: record.namespace,
    taskQueue: record.taskQueue,
    hasWorker: record.parts.worker !== undefined,
    startMs: 0,
  };
  showInstance(context, summary, 'was-running');
  tellInstanceNotes(context);
}
