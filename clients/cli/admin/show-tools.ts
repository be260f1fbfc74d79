import { listTools, type ListedTool } from '../../../activities/tools/inspect.ts';
import type { Access } from '../../../domain/tools/access.ts';
import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { renderKeyValues, renderTable } from '../output/table.ts';

/** Lists the built-in tools, and what is promised of the effects of those that have any. */
export function showTools({ output }: CommandContext): void {
  const tools = listTools();
  output.result({ tools }, (styles) => {
    const table = renderTable(
      {
        columns: [
          { title: 'tool' },
          { title: 'access' },
          { title: 'needs' },
          { title: 'description', shrinksTo: 30, cuts: 'nothing' },
        ],
        rows: tools.map(({ name, access, needsNetwork, description }) => [
          name,
          { text: access, style: styleOf(access, styles) },
          needsNetwork ? 'network' : '',
          description,
        ]),
      },
      output.width(),
    );
    const contracts = tools.flatMap(({ name, effect }) =>
      effect === null ? [] : effectText(name, effect, output.width()),
    );
    return `${table}\neffects\n\n${contracts.join('\n')}`;
  });
}

function effectText(
  name: string,
  { precondition, probe, undo }: NonNullable<ListedTool['effect']>,
  width: number,
): string {
  return renderKeyValues(
    [
      ['tool', name],
      ['precondition', precondition],
      ['probe', probe],
      ['undo', undo],
    ],
    width,
  );
}

function styleOf(access: Access, styles: Styles): (text: string) => string {
  const byAccess = {
    read: styles.good,
    change: styles.warn,
    destructive: styles.bad,
    wait: styles.accent,
    finish: styles.accent,
  };
  return byAccess[access];
}
