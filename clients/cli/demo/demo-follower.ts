import { HoldfastError } from '../../../domain/failures.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { ApprovalDetail } from '../../inbox-client.ts';
import type { WatchedItem } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { approvalCard } from '../people/prompts/approval-card.ts';
import type { Follower } from '../following/follow-run.ts';
import { createLiveFollower } from '../following/live-follower.ts';
import type { OpenedWait } from '../following/wait-state.ts';
import { killWorker, type WorkerKill } from './kill-worker.ts';
import { afterItem, isGoodMomentToKill, noProgress, type RunProgress } from './run-progress.ts';

/** Follows the run of a demo, and does what the demo does to it. */
export interface DemoFollower extends Follower {
  readonly progress: () => RunProgress;
  /** Undefined as long as the worker was left alone. */
  readonly kill: () => WorkerKill | undefined;
  readonly costSoFar: () => string | undefined;
  readonly close: () => void;
}

/** How a demo is followed. */
export interface DemoFollowing {
  readonly runId: string;
  readonly key: string;
  /** `person`: asks at the terminal; `itself`: approves. */
  readonly answers: 'person' | 'itself';
}

/** Builds the follower: the live view, or with `--json` nothing but a few words on standard error. */
export function createDemoFollower(
  context: CommandContext,
  client: HoldfastClient,
  { runId, key, answers }: DemoFollowing,
): DemoFollower {
  const styles = context.output.dataStyles();
  const view = context.flags().json
    ? undefined
    : createLiveFollower(context, client, { runId, key });
  const print = (lines: readonly string[]): void => {
    if (view === undefined) for (const text of lines) context.output.talk(text.trim());
    else view.print(lines);
  };
  let progress = noProgress;
  let kill: WorkerKill | undefined;

  const approve = async (wait: OpenedWait): Promise<'done'> => {
    const approval = await approvable(client, wait);
    const layout = { styles, width: context.output.width(), nowMs: Date.now() };
    if (view !== undefined) print(['', ...approvalCard(approval, layout), '']);
    print([styles.accent(`  the demo approves it: ${approval.subject}`)]);
    const { approvalId, digest } = approval;
    await client.decide({ approval: approvalId, decision: 'approve', digest });
    return 'done';
  };

  return {
    take: async (item: WatchedItem) => {
      progress = afterItem(progress, item);
      await view?.take(item);
      if (kill !== undefined || item.type !== 'event' || !isGoodMomentToKill(progress)) return;
      kill = await killWorker(context, client, {
        runId,
        onKilled: (pid) =>
          print([
            '',
            styles.bad(styles.bold(`  ✗ kill -9 ${pid}: the worker of this run is dead`)),
          ]),
      });
      print([killText(kill, styles)]);
    },
    waits: async (wait, signal) => {
      if (answers === 'person' && view !== undefined) return await view.waits(wait, signal);
      return await approve(wait);
    },
    left: () => view?.close(),
    progress: () => progress,
    kill: () => kill,
    costSoFar: () => view?.costSoFar(),
    close: () => view?.close(),
  };
}

/** Only a call can be approved unseen; anything else needs somebody who thinks. */
async function approvable(client: HoldfastClient, wait: OpenedWait): Promise<ApprovalDetail> {
  if (wait.type === 'approval') {
    const approval = await client.getApproval(wait.approvalId);
    if (approval.kind === 'tool_call') return approval;
  }
  throw new HoldfastError(
    'unavailable',
    'the run waits for something that the demo cannot answer by itself',
    {
      suggestion: 'see it with holdfast inbox, or run the demo on a terminal without --yes',
    },
  );
}

function killText(
  kill: WorkerKill,
  styles: ReturnType<CommandContext['output']['dataStyles']>,
): string {
  if (kill.type === 'spared') return styles.warn(`  ! the worker was not killed: ${kill.why}`);
  const seconds = (kill.downMs / 1_000).toFixed(1);
  return styles.good(
    `  ✓ ${seconds} s later process ${kill.newPid} goes on from the last answer on record`,
  );
}
