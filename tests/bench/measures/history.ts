import proto from '@temporalio/proto';

import { startRuns, terminateRuns, type LoopName } from '../rig/loops.ts';
import type { Rig } from '../rig/rig.ts';

/** What the history of a run grows by in one turn. */
export interface TurnGrowth {
  readonly bytes: number;
  readonly events: number;
}

/** Growth at some turns of one real run: the mean of that turn and the four before it. */
export async function measureHistory(
  rig: Rig,
  loop: LoopName,
  turns: readonly number[],
): Promise<readonly TurnGrowth[]> {
  const steps = Math.max(...turns) + 1;
  const { model } = rig;
  await model.ask({ type: 'arm', runs: 1, steps }, 'armed');
  const ready = model.next('all-ready');
  const [id = ''] = await startRuns(rig, loop, { runs: 1, steps });
  await ready;
  const done = model.next('all-done');
  model.send({ type: 'release' });
  await done;
  const { events } = await rig.temporal.workflow.getHandle(id).fetchHistory();
  await terminateRuns(rig, [id]);
  model.send({ type: 'finish', by: 'step' });
  return growthAt(events ?? [], turns);
}

const { HistoryEvent } = proto.temporal.api.history.v1;
type Event = proto.temporal.api.history.v1.IHistoryEvent;

const meanOver = 5;

/** A turn begins where the model is asked: the activity type that comes first in a step of either loop. */
function growthAt(events: readonly Event[], turns: readonly number[]): readonly TurnGrowth[] {
  const starts = events.flatMap((event, index) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    return name === 'invokeModel' || name === 'callModel' ? index : [];
  });
  return turns.map((turn) => {
    const [from = 0, to = 0] = [starts[turn - meanOver], starts[turn]];
    const slice = events.slice(from, to);
    const bytes = slice.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0);
    return { bytes: bytes / meanOver, events: slice.length / meanOver };
  });
}
