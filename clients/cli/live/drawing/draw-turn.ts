import { safeText } from '../../output/text-width.ts';
import type { EventFields } from '../event-fields.ts';
import { turnNumber } from '../event-fields.ts';
import { type Chunk, type Drawn, type LiveLayout, type LiveView, line } from '../live-view.ts';
import { totalsText, withCall } from '../totals.ts';
import { wrapEnd, wrapPiece, wrapText } from './wrap-text.ts';

const indent = '  ';

/** The heading of a turn with what was used before it; nothing when it stands already. */
export function turnHeading(view: LiveView, turn: number, { styles }: LiveLayout): Drawn {
  if (turn <= view.turn) return { view, chunks: [] };
  const isFirst = view.totals.priced + view.totals.unpriced === 0;
  const used = isFirst ? '' : styles.dim(`  ${totalsText(view.totals)} so far`);
  const chunks = [line(''), line(`${styles.bold(`turn ${turn}`)}${used}`)];
  return { view: { ...view, turn, doing: 'thinking' }, chunks };
}

/** Ends words that were streamed: the word that was held back, and the line. */
export function endStream({ streamed }: LiveView, layout: LiveLayout): readonly Chunk[] {
  if (streamed === undefined) return [];
  const rest = wrapEnd(streamed.wrap, { width: layout.width, indent });
  return [{ type: 'text', text: `${rest}\n` }];
}

/** The answer of the model: what of its text was not streamed, and the totals. */
export function drawAnswer(view: LiveView, fields: EventFields, layout: LiveLayout): Drawn {
  const turn = turnNumber(fields.text('turn'));
  const heading = turnHeading(view, turn, layout);
  const totals = withCall(view.totals, {
    tokensIn: fields.number('tokensIn') ?? 0,
    tokensOut: fields.number('tokensOut') ?? 0,
    costMicroUsd: fields.number('costMicroUsd'),
  });
  const isRehearsal = fields.flag('rehearsal') === true;
  const notice =
    isRehearsal && !view.isRehearsalTold
      ? [line(layout.styles.warn(`${indent}no real model: scripted or recorded replies answer`))]
      : [];
  return {
    view: {
      ...heading.view,
      totals,
      streamed: undefined,
      answered: Math.max(view.answered, turn),
      isRehearsalTold: view.isRehearsalTold || isRehearsal,
      doing: 'preparing calls',
    },
    chunks: [...heading.chunks, ...answerText(view, fields.text('text'), layout), ...notice],
  };
}

/** A turn of a run that asks no model: what it says, if anything. */
export function drawOrder(view: LiveView, fields: EventFields, layout: LiveLayout): Drawn {
  const turn = turnNumber(fields.text('turn'));
  const { view: headed, chunks } = turnHeading(view, turn, layout);
  const said = wrapText(safeText(fields.text('text')), { width: layout.width, indent }).map(line);
  const answered = Math.max(view.answered, turn);
  return { view: { ...headed, answered, doing: 'preparing calls' }, chunks: [...chunks, ...said] };
}

/** Words may be lost on the way: what was streamed is completed, or the text is printed anew. */
function answerText(view: LiveView, text: string, layout: LiveLayout): readonly Chunk[] {
  const whole = safeText(text);
  const { width } = layout;
  const { streamed } = view;
  if (streamed === undefined) return wrapText(whole, { width, indent }).map(line);
  if (streamed.text.startsWith(whole)) return endStream(view, layout);
  if (whole.startsWith(streamed.text)) {
    const rest = wrapPiece(streamed.wrap, whole.slice(streamed.text.length).trimEnd(), {
      width,
      indent,
    });
    const end = wrapEnd(rest.state, { width, indent });
    return [{ type: 'text', text: `${rest.text}${end}\n` }];
  }
  return [
    ...endStream(view, layout),
    line(layout.styles.dim(`${indent}(some words were lost; the whole answer:)`)),
    ...wrapText(whole, { width, indent }).map(line),
  ];
}
