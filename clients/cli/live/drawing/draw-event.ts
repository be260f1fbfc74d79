import { eventTypes, type EventType } from '../../../../domain/events/event-types.ts';
import type { WatchedItem } from '../../../runs-client.ts';
import { drawApproval } from './draw-approval.ts';
import { drawDenied, drawResult, rememberCall } from './draw-call.ts';
import { drawLock } from './draw-lock.ts';
import { drawPlain } from './draw-plain.ts';
import { drawStart } from './draw-start.ts';
import { drawAnswer, drawOrder, endStream, turnHeading } from './draw-turn.ts';
import { EventFields, turnNumber } from '../event-fields.ts';
import { type Drawn, type LiveLayout, type LiveView, sentence } from '../live-view.ts';

type Event = Extract<WatchedItem, { type: 'event' }>;

/** Draws one event of the log. Types of a newer version print nothing. */
export function drawEvent(view: LiveView, event: Event, layout: LiveLayout): Drawn {
  const type = event.event;
  if (!isKnown(type)) return { view, chunks: [] };
  if (type === 'model.call') return drawAnswer(view, new EventFields(event.data), layout);
  // Anything else between the words of a turn ends their line.
  const drawn = drawOther(view, { event, type }, layout);
  if (view.streamed === undefined || drawn.chunks.length === 0) return drawn;
  return {
    view: { ...drawn.view, streamed: undefined },
    chunks: [...endStream(view, layout), ...drawn.chunks],
  };
}

function drawOther(
  view: LiveView,
  { event, type }: { readonly event: Event; readonly type: Exclude<EventType, 'model.call'> },
  layout: LiveLayout,
): Drawn {
  const fields = new EventFields(event.data);
  switch (type) {
    case 'run.started':
      return drawStart(view, fields, layout);
    case 'order.turn':
      return drawOrder(view, fields, layout);
    case 'tool.requested':
      return { view: rememberCall(view, event, 'requested'), chunks: [] };
    case 'tool.started':
      return { view: rememberCall(view, event, 'started'), chunks: [] };
    case 'tool.result':
    case 'tool.error':
      return drawResult(view, event, layout);
    case 'tool.denied':
      return drawDenied(view, event, layout);
    case 'approval.opened':
    case 'approval.counted':
    case 'approval.reminded':
    case 'approval.escalated':
    case 'approval.decided':
    case 'approval.expired':
    case 'approval.superseded':
      return drawApproval(view, { type, fields }, layout);
    case 'lock.waiting':
    case 'lock.granted':
    case 'lock.released':
    case 'lock.broken':
      return drawLock(view, { type, fields }, layout);
    case 'model.fallback':
    case 'model.failed':
      return drawFault(view, { type, fields }, layout);
    case 'run.completed':
    case 'run.cancelled':
      return { view: { ...view, doing: undefined }, chunks: [] };
    case 'run.status':
    case 'secret.used':
    case 'effect.intent':
    case 'effect.committed':
    case 'effect.failed':
      // Other events of the same moment say more.
      return { view, chunks: [] };
    case 'run.paused':
    case 'run.resumed':
    case 'message.delivered':
    case 'message.refused':
    case 'effect.unknown':
    case 'effect.settled':
    case 'grant.added':
    case 'grant.revoked':
    case 'gate.failed':
    case 'stall.detected':
    case 'budget.exceeded':
    case 'budget.alert':
    case 'workspace.restored':
    case 'workspace.unkept':
    case 'security.event':
      return drawPlain(view, { type, fields }, layout);
  }
}

/** A model that gave no answer, or another one that takes its place: both within a turn. */
function drawFault(
  view: LiveView,
  {
    type,
    fields,
  }: { readonly type: 'model.fallback' | 'model.failed'; readonly fields: EventFields },
  layout: LiveLayout,
): Drawn {
  const { styles } = layout;
  const heading = turnHeading(view, turnNumber(fields.text('turn')), layout);
  const text =
    type === 'model.failed'
      ? styles.warn(
          `! ${fields.line('model')} failed: ${fields.line('message')} (${fields.line('code')})`,
        )
      : styles.warn(
          `! ${fields.line('fromModel')} → ${fields.line('toModel')} (${fields.line('reason')})`,
        );
  return { view: heading.view, chunks: [...heading.chunks, ...sentence(text, layout)] };
}

const known: ReadonlySet<string> = new Set(eventTypes);

function isKnown(type: string): type is EventType {
  return known.has(type);
}
