import { waitInWords } from '../../../../domain/locks/call-locks.ts';
import type { EventFields } from '../event-fields.ts';
import { type Drawn, type LiveLayout, type LiveView, sentence } from '../live-view.ts';

/** Events of the locks of a run. */
export type LockEvent = 'lock.waiting' | 'lock.granted' | 'lock.released' | 'lock.broken';

/** A lock that a run waits for, got or lost. One that it got at once, or gave back, is nothing to tell. */
export function drawLock(
  view: LiveView,
  { type, fields }: { readonly type: LockEvent; readonly fields: EventFields },
  layout: LiveLayout,
): Drawn {
  const { styles } = layout;
  const name = fields.line('name');
  switch (type) {
    case 'lock.waiting': {
      const place = fields.number('place') ?? 1;
      const text = waitInWords({ name, place, heldBy: fields.lines('heldBy') });
      return {
        view: { ...view, doing: text },
        chunks: sentence(styles.warn(`… ${text}`), layout),
      };
    }
    case 'lock.granted': {
      const isWaiting = view.doing?.startsWith(`waits for ${name}`) === true;
      return {
        view: isWaiting ? { ...view, doing: 'going on' } : view,
        chunks: isWaiting ? sentence(styles.good(`✓ has ${name}`), layout) : [],
      };
    }
    case 'lock.released': {
      if (fields.text('reason') !== 'expired') return { view, chunks: [] };
      const text = `! lost ${name}: its lease ran out`;
      return { view, chunks: sentence(styles.warn(text), layout) };
    }
    case 'lock.broken': {
      const text = `! lost ${name}: ${fields.line('by')} broke the lock (${fields.line('reason')})`;
      return { view, chunks: sentence(styles.warn(text), layout) };
    }
  }
}
