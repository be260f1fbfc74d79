import type { KillSwitchState, SwitchRow } from '../../kill-switch-client.ts';
import { distanceText } from '../live/times.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';

/** What is stopped, whom it holds, and what is still going on, as text. */
export function stateText(state: KillSwitchState, styles: Styles, width: number): string {
  const { stops, released, held, goingOn } = state;
  const parts = [
    stops.length === 0 ? styles.good('nothing is stopped\n') : rowsText('stopped', stops, width),
    released.length === 0 ? '' : rowsText('goes on all the same', released, width),
    held.length === 0
      ? ''
      : renderTable(
          {
            columns: [
              { title: 'waits' },
              { title: 'because of', shrinksTo: 10 },
              { title: 'run', shrinksTo: 10, leaves: 1 },
            ],
            rows: held.map(({ runKey, scope, title }) => [
              runKey,
              scope ?? 'nothing: wake it with kill-switch resume',
              title,
            ]),
          },
          width,
        ),
    goingOn.length === 0
      ? ''
      : renderTable(
          {
            columns: [
              { title: 'still going on' },
              { title: 'run' },
              { title: 'since', align: 'right' },
              { title: 'what', shrinksTo: 10 },
            ],
            rows: goingOn.map(({ what, runKey, since, detail }) => [
              { text: what, style: styles.warn },
              runKey,
              `${distanceText(since, Date.now())} ago`,
              detail,
            ]),
          },
          width,
        ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function rowsText(title: string, rows: readonly SwitchRow[], width: number): string {
  return renderTable(
    {
      columns: [
        { title },
        { title: 'since', align: 'right' },
        { title: 'by' },
        { title: 'reason', shrinksTo: 10 },
      ],
      rows: rows.map(({ scope, at, by, reason }) => [
        scope,
        `${distanceText(at, Date.now())} ago`,
        by,
        reason,
      ]),
    },
    width,
  );
}
