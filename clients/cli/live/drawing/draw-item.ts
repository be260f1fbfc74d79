import type { WatchedItem } from '../../../runs-client.ts';
import { safeText } from '../../output/text-width.ts';
import { drawEvent } from './draw-event.ts';
import { turnNumber } from '../event-fields.ts';
import { type Drawn, type LiveLayout, type LiveView, line, sentence } from '../live-view.ts';
import { endStream, turnHeading } from './draw-turn.ts';
import { wrapPiece, wrapStart } from './wrap-text.ts';

/** Draws the next item of a run that is watched. Pure. */
export function drawItem(view: LiveView, item: WatchedItem, layout: LiveLayout): Drawn {
  switch (item.type) {
    case 'event':
      return drawEvent(view, item, layout);
    case 'delta':
      return drawWords(view, item, layout);
    case 'refused':
      return drawRefused(view, item, layout);
  }
}

/** An event that cannot be read: the view goes on without it. */
function drawRefused(
  view: LiveView,
  { error }: Extract<WatchedItem, { type: 'refused' }>,
  layout: LiveLayout,
): Drawn {
  const text = layout.styles.warn(`! not read: ${safeText(error.message)}`);
  return {
    view: { ...view, streamed: undefined },
    chunks: [...endStream(view, layout), ...sentence(text, layout)],
  };
}

/** Words as they come. A new attempt begins anew; words of a turn that was answered are old. */
function drawWords(
  view: LiveView,
  item: Extract<WatchedItem, { type: 'delta' }>,
  layout: LiveLayout,
): Drawn {
  const turn = turnNumber(item.turn);
  const old = view.streamed;
  const isOld =
    turn <= view.answered || (old !== undefined && old.turn === turn && item.attempt < old.attempt);
  if (!layout.isStreaming || isOld || item.text === '') return { view, chunks: [] };
  const isSame = old?.turn === turn && old.attempt === item.attempt;
  const heading = turnHeading(view, turn, layout);
  const restart =
    isSame || old?.turn !== turn
      ? []
      : [...endStream(view, layout), line(layout.styles.dim('  (begins anew)'))];
  const before = isSame ? old : { turn, attempt: item.attempt, text: '', wrap: wrapStart };
  const words = safeText(item.text);
  const piece = wrapPiece(before.wrap, words, { width: layout.width, indent: '  ' });
  const streamed = { ...before, text: before.text + words, wrap: piece.state };
  return {
    view: { ...heading.view, streamed, doing: undefined },
    chunks: [...heading.chunks, ...restart, { type: 'text', text: piece.text }],
  };
}
