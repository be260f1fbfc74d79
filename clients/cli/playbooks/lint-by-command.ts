import { join } from 'node:path';

import { lintPlaybook, readFolder } from '../../../activities/playbooks/inspect.ts';
import type { LintReport } from '../../../domain/playbooks/lint-suggestions.ts';
import type { CommandContext } from '../command-context.ts';
import { homePaths } from '../instance/home-door.ts';
import type { Styles } from '../output/styles.ts';
import { repositoryFolder, type RepositoryOptions } from './open-catalog.ts';

/** Checks a playbook and says what could be better, and why. Exit code 1 when there is something. */
export async function lintByCommand(
  context: CommandContext,
  playbook: string,
  options: RepositoryOptions,
): Promise<void> {
  const { ansible } = homePaths(context.home, context.environment['HOLDFAST_CACHE']);
  const report = await lintPlaybook({
    files: await readFolder(repositoryFolder(context, options)),
    playbook,
    ansible,
    stateFolder: join(context.home, 'sandbox'),
    environment: context.environment,
    isRoot: context.isRoot,
  });
  context.output.result(report, (styles) => reportText(report, styles));
  if (report.total > 0) context.setExitCode(1);
}

function reportText({ total, suggestions }: LintReport, styles: Styles): string {
  if (total === 0) return 'nothing found\n';
  const marks = { error: styles.bad, warning: styles.warn, info: (text: string) => text };
  const texts = suggestions.map(
    ({ severity, file, line, ruleId, category, message, reasoning }) => {
      const mark = marks[severity](severity);
      return `${mark} ${file}:${line} ${ruleId} (${category})\n  ${message}\n  why: ${reasoning}\n`;
    },
  );
  const cut = total > suggestions.length ? `the first ${suggestions.length} of ` : '';
  return `${texts.join('')}${cut}${total} found\n`;
}
