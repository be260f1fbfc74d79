import type { Styles } from '../../output/styles.ts';
import type { EventFields } from '../event-fields.ts';
import { type Drawn, type LiveLayout, type LiveView, sentence } from '../live-view.ts';
import { costText, countText } from '../totals.ts';

/** Events that are one line each. */
export type PlainEvent =
  | 'run.paused'
  | 'run.resumed'
  | 'message.delivered'
  | 'message.refused'
  | 'effect.unknown'
  | 'effect.settled'
  | 'grant.added'
  | 'grant.revoked'
  | 'gate.failed'
  | 'stall.detected'
  | 'budget.exceeded'
  | 'budget.alert'
  | 'workspace.restored'
  | 'workspace.unkept'
  | 'security.event';

/** Draws an event that is one line, or two. */
export function drawPlain(
  view: LiveView,
  { type, fields }: { readonly type: PlainEvent; readonly fields: EventFields },
  layout: LiveLayout,
): Drawn {
  const chunks = sentence(textOf(view, { type, fields }, layout.styles), layout);
  const isWaiting = type === 'run.paused' || type === 'budget.exceeded';
  const doing = type === 'run.resumed' ? 'going on' : view.doing;
  return { view: { ...view, doing: isWaiting ? undefined : doing }, chunks };
}

function textOf(
  view: LiveView,
  { type, fields }: { readonly type: PlainEvent; readonly fields: EventFields },
  styles: Styles,
): string {
  const say = (name: string): string => fields.line(name);
  switch (type) {
    case 'run.paused':
      return styles.warn(
        `! paused (${[say('reason'), say('message')].filter(Boolean).join(': ')})`,
      );
    case 'run.resumed':
      return styles.good('✓ goes on');
    case 'message.delivered':
      return `${styles.accent('→')} ${say('author')}: ${say('text')}`;
    case 'message.refused':
      return styles.warn(`! a ${say('signal')} was refused: ${say('reason')}`);
    case 'effect.unknown': {
      const call = view.calls.get(fields.text('callId'));
      return styles.warn(`! nobody saw the end of ${call?.preview ?? say('tool')}: ${say('why')}`);
    }
    case 'effect.settled':
      return `${styles.good('✓')} settled by ${say('by')}: ${say('settlement')}, ${say('reason')}`;
    case 'grant.added':
      return styles.accent(`+ from now on ${say('tool')} "${say('pattern')}" runs unasked`);
    case 'grant.revoked':
      return styles.accent(`- a grant was taken back by ${say('by')}`);
    case 'gate.failed':
      return styles.warn(`! not finished yet: ${say('message')}`);
    case 'stall.detected':
      return styles.warn('! no progress for a while: the model is asked for another way');
    case 'budget.exceeded':
      return styles.warn(budgetText(fields));
    case 'budget.alert':
      return styles.warn(`! ${say('threshold')} % of the budget ${say('budget')} is spent`);
    case 'workspace.restored': {
      const missing = (fields.number('lostCount') ?? 0) + (fields.number('leftOutCount') ?? 0);
      const text = `the workspace of host ${say('from')} was lost and is restored as of ${say('asOf')}`;
      return missing === 0 ? styles.good(`✓ ${text}`) : styles.warn(`! ${text}: not all is there`);
    }
    case 'workspace.unkept':
      return styles.warn(`! the workspace would be lost with its host: ${say('reason')}`);
    case 'security.event':
      return styles.bad(`! security: ${say('kind')}, ${say('reason')}`);
  }
}

function budgetText(fields: EventFields): string {
  const missing = fields.number('microUsd');
  const unit = fields.text('unit');
  if (unit === 'unknown') {
    return `! the price of the next model call is unknown, and the budget ${fields.line('budget')} limits money`;
  }
  if (unit !== '') {
    const over =
      unit === 'usd' ? costText(missing) : `${countText(fields.number('over') ?? 0)} ${unit}`;
    return `! the next model call needs ${over} more than the budget ${fields.line('budget')} has`;
  }
  return missing === null
    ? '! the price of the next model call is unknown, and the run has a cost limit'
    : `! the next model call needs ${costText(missing)} more than the run may spend`;
}
