import type { WatchedItem } from '../../../runs-client.ts';
import { shortDiff } from './diff-lines.ts';
import { EventFields } from '../event-fields.ts';
import {
  type Drawn,
  type LiveLayout,
  type LiveView,
  line,
  type OpenCall,
  sentence,
} from '../live-view.ts';
import { elapsedText, millisecondsBetween } from '../times.ts';

type Event = Extract<WatchedItem, { type: 'event' }>;

/** Changed lines of an edit that are shown below it. */
const maxDiffLines = 12;

/** Remembers a call that was asked for or begun; its line comes with its result. */
export function rememberCall(
  view: LiveView,
  { at, data }: Event,
  state: 'requested' | 'started',
): LiveView {
  const fields = new EventFields(data);
  const isStarted = state === 'started';
  const call: OpenCall = {
    tool: fields.line('tool'),
    preview: fields.line('preview'),
    since: at,
    isStarted,
  };
  const calls = new Map(view.calls).set(fields.text('callId'), call);
  const name = call.preview === '' ? call.tool : call.preview;
  return { ...view, calls, doing: isStarted ? name : view.doing };
}

/** The line of a call that ended: state, what it did, how long it took; edits with their first changed lines. */
export function drawResult(view: LiveView, { at, data }: Event, layout: LiveLayout): Drawn {
  const { styles } = layout;
  const fields = new EventFields(data);
  const callId = fields.text('callId');
  const open = view.calls.get(callId);
  const name = [fields.line('preview'), open?.preview, fields.line('tool')].find(Boolean) ?? '';
  const took =
    open === undefined ? '' : `  ${styles.dim(elapsedText(millisecondsBetween(open.since, at)))}`;
  const isGood = fields.text('status') === 'ok';
  const mark = isGood ? styles.good('✓') : styles.bad('✗');
  const chunks = sentence(`${mark} ${name}${outcomeText(fields, { name, layout })}${took}`, layout);
  const diff = isGood ? layout.diffOf(callId) : undefined;
  const changed = diff === undefined ? [] : shortDiff(diff, styles, maxDiffLines);
  return {
    view: withoutCall(view, callId),
    chunks: [...chunks, ...changed.map((text) => line(`      ${text}`))],
  };
}

/** The line of a call that policy refused, with the reasons. */
export function drawDenied(view: LiveView, { data }: Event, layout: LiveLayout): Drawn {
  const { styles } = layout;
  const fields = new EventFields(data);
  const name = fields.line('preview') || fields.line('tool');
  const why = fields.lines('why').slice(0, 5);
  return {
    view: withoutCall(view, fields.text('callId')),
    chunks: [
      ...sentence(
        `${styles.bad('✗')} ${name}  ${styles.bad(`denied by ${fields.line('rule')}`)}`,
        layout,
      ),
      ...why.map((reason) => line(styles.dim(`      ${reason}`))),
    ],
  };
}

function outcomeText(
  fields: EventFields,
  { name, layout: { styles } }: { readonly name: string; readonly layout: LiveLayout },
): string {
  const isGreen = fields.flag('testsGreen');
  if (isGreen === true) return `  ${styles.good('tests green')}`;
  if (isGreen === false) return `  ${styles.bad('tests red')}`;
  const status = fields.line('status');
  if (status === 'ok') return '';
  const code = fields.line('code');
  const message = fields.line('message');
  // A call whose arguments do not fit is named with its code already.
  const said = message !== '' && name.endsWith(`(${code})`) ? '' : code || status;
  return `  ${styles.bad([said, message].filter(Boolean).join(': '))}`;
}

function withoutCall(view: LiveView, callId: string): LiveView {
  const calls = new Map(view.calls);
  calls.delete(callId);
  return { ...view, calls, doing: 'thinking' };
}
