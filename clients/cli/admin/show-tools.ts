import { listTools } from '../../../activities/tools/inspect.ts';
import type { Access } from '../../../domain/tools/access.ts';
import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';

/** Lists the built-in tools. */
export function showTools({ output }: CommandContext): void {
  const tools = listTools();
  output.result({ tools }, (styles) =>
    renderTable(
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
    ),
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
