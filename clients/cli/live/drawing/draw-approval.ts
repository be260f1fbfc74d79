import type { EventFields } from '../event-fields.ts';
import { type Drawn, type LiveLayout, type LiveView, line, sentence } from '../live-view.ts';

/** Events of an approval's life. */
export type ApprovalEvent =
  | 'approval.opened'
  | 'approval.counted'
  | 'approval.reminded'
  | 'approval.escalated'
  | 'approval.decided'
  | 'approval.expired'
  | 'approval.superseded';

/** An approval that opened or was decided; what exactly waits is shown by its card. */
export function drawApproval(
  view: LiveView,
  { type, fields }: { readonly type: ApprovalEvent; readonly fields: EventFields },
  layout: LiveLayout,
): Drawn {
  const { styles } = layout;
  switch (type) {
    case 'approval.opened': {
      const text = `${openedWord(fields.text('kind'))}: ${fields.line('subject')}`;
      return {
        view: { ...view, doing: undefined },
        chunks: sentence(styles.warn(styles.bold(`? ${text}`)), layout),
      };
    }
    case 'approval.counted': {
      const word = fields.text('decision') === 'approve' ? 'approved' : 'rejected';
      const text = `${word} by ${fields.line('by')}; ${fields.line('missing')}`;
      return { view, chunks: sentence(styles.accent(`+ ${text}`), layout) };
    }
    case 'approval.reminded':
      return {
        view,
        chunks: sentence(styles.warn('? it still waits: people were reminded'), layout),
      };
    case 'approval.escalated': {
      const text = `? it still waits: ${fields.line('to')} was told, and may decide too`;
      return { view, chunks: sentence(styles.warn(text), layout) };
    }
    case 'approval.decided':
      return {
        view: { ...view, doing: 'going on' },
        chunks: sentence(decidedText(fields, styles), layout),
      };
    case 'approval.expired':
      return {
        view: { ...view, doing: 'going on' },
        chunks: [line(`  ${styles.warn('! nobody decided in time: it counts as rejected')}`)],
      };
    case 'approval.superseded':
      return {
        view,
        chunks: [line(styles.dim('    the call changed meanwhile; the approval is asked anew'))],
      };
  }
}

function openedWord(kind: string): string {
  switch (kind) {
    case 'question':
      return 'asks you';
    case 'budget':
      return 'the budget is used up';
    case 'effect_unknown':
      return 'nobody saw how it ended';
    default:
      return 'waits for approval';
  }
}

function decidedText(fields: EventFields, styles: LiveLayout['styles']): string {
  const by = `by ${fields.line('by')}`;
  const answer = fields.line('answer');
  const reason = fields.line('reason');
  if (fields.text('decision') !== 'approve') {
    return `${styles.bad('✗')} rejected ${by}${reason === '' ? '' : `: ${reason}`}`;
  }
  if (answer !== '') return `${styles.good('✓')} answered ${by}: ${answer}`;
  return `${styles.good('✓')} approved ${by}${reason === '' ? '' : `: ${reason}`}`;
}
