import { formatDuration } from '../../output/duration.ts';
import type { EventFields } from '../event-fields.ts';
import { type Drawn, type LiveLayout, type LiveView, line } from '../live-view.ts';
import { costText } from '../totals.ts';
import { wrapText } from './wrap-text.ts';

/** The heading of a run: what it is about, under which rules it works, how far it may go. */
export function drawStart(view: LiveView, fields: EventFields, layout: LiveLayout): Drawn {
  const { styles, runKey } = layout;
  const limits = fields.inside('limits');
  const seconds = limits.number('timeoutSeconds');
  const most = [
    `${limits.number('maxTurns') ?? '?'} turns`,
    ...(seconds === null ? [] : [formatDuration(seconds)]),
    ...(limits.number('maxCostMicroUsd') === null
      ? []
      : [costText(limits.number('maxCostMicroUsd'))]),
  ].join(', ');
  const models = fields.lines('models').join(' → ');
  const facts = [
    `run ${runKey}`,
    fields.line('specialist'),
    `policy ${fields.line('policy')}`,
    ...(models === '' ? [] : [`model ${models}`]),
    `at most ${most}`,
  ].filter((fact) => fact !== '');
  return {
    view: { ...view, doing: 'thinking' },
    chunks: [
      line(styles.bold(fields.line('title'))),
      ...wrapText(facts.join(' · '), { width: layout.width, indent: '' }).map((text) =>
        line(styles.dim(text)),
      ),
    ],
  };
}
