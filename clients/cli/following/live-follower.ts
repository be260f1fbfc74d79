import type { HoldfastClient } from '../../holdfast-client.ts';
import type { WatchedItem } from '../../runs-client.ts';
import type { CommandContext } from '../command-context.ts';
import { drawItem } from '../live/drawing/draw-item.ts';
import { createEditDiffs } from '../live/edit-diffs.ts';
import { type LiveLayout, type LiveView, line, startView } from '../live/live-view.ts';
import { createLiveWriter, type LiveWriter } from '../live/live-writer.ts';
import { totalCostText } from '../live/totals.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import type { Follower } from './follow-run.ts';
import { createWaitDesk } from './wait-desk.ts';
import { endsWait, type OpenedWait } from './wait-state.ts';

/** The live view of one run. */
export interface LiveFollower extends Follower {
  /** Prints lines of the one who follows, between those of the run. */
  readonly print: (lines: readonly string[]) => void;
  /** Ends the view; call it before anything else is printed. */
  readonly close: () => void;
  /** What the calls cost as far as it is known; undefined before the first. */
  readonly costSoFar: () => string | undefined;
}

/** Shows a run as it works, and asks the person at the terminal what it waits for. */
export function createLiveFollower(
  context: CommandContext,
  client: HoldfastClient,
  run: { readonly runId: string; readonly key: string },
): LiveFollower {
  const { output, terminal, environment } = context;
  const isTerminal = terminal.stdout && environment['TERM'] !== 'dumb';
  const styles = output.dataStyles();
  const writer = openWriter(context, isTerminal);
  const diffs = createEditDiffs((callId) => client.getCall(callId));
  const layout: LiveLayout = {
    styles,
    width: Math.min(output.width(), maxTextWidth(isTerminal)),
    runKey: run.key,
    isStreaming: isTerminal,
    diffOf: diffs.of,
  };
  let view: LiveView = startView;
  const print = (lines: readonly string[]): void => writer.write(lines.map((text) => line(text)));
  const desk = createWaitDesk(context, client, {
    runKey: run.key,
    isAsking: canPrompt(context),
    print,
  });
  let waiting: OpenedWait | undefined;
  writer.show(view.doing);
  return {
    take: async (item: WatchedItem) => {
      if (waiting !== undefined && endsWait(item, waiting)) waiting = undefined;
      await diffs.look(item);
      const drawn = drawItem(view, item, layout);
      view = drawn.view;
      writer.write(drawn.chunks);
      writer.show(view.doing);
    },
    waits: async (wait, signal) => {
      writer.show(undefined);
      waiting = wait;
      return await desk.ask(wait, signal);
    },
    left: () => {
      writer.close();
      output.hint(leftText(run.key, waiting === undefined ? undefined : desk.command()));
    },
    print,
    close: writer.close,
    costSoFar: () => (view.answered === 0 ? undefined : totalCostText(view.totals)),
  };
}

function openWriter({ output, stdout, flags }: CommandContext, isTerminal: boolean): LiveWriter {
  return createLiveWriter({
    stdout,
    styles: output.dataStyles(),
    width: output.width(),
    hasSpinner: isTerminal && !flags().quiet,
    now: () => Date.now(),
  });
}

/** Long lines are hard to read on a wide terminal; a pipe gets whole ones. */
function maxTextWidth(isTerminal: boolean): number {
  return isTerminal ? 100 : Number.POSITIVE_INFINITY;
}

/** What the person is told who left a run; `answer` is the command that it waits for. */
export function leftText(key: string, answer?: string): string {
  return [
    `left run ${key}: it ${answer === undefined ? 'goes on' : 'waits for you'}; press Ctrl-C again now to cancel it`,
    ...(answer === undefined ? [] : [`answer with: ${answer}`]),
    `watch it with: holdfast runs watch ${key}`,
  ].join('\n');
}
