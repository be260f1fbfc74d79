import { HoldfastError } from '../../../domain/failures.ts';
import {
  isProvisionEvent,
  type ProvisionedPart,
  type ProvisionEvent,
  type ProvisionReport,
} from '../../../domain/settings/provision-report.ts';
import type { CommandContext } from '../command-context.ts';
import { identityFile, usableIdentity } from '../identity/own-identity.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';
import { receivedError } from '../instance/received-error.ts';

/** Runs set-up, for `parts` besides the usual ones, and prints what it did. Exit code 1 when a part is missing. */
export async function runSetup(context: CommandContext, parts: readonly string[]): Promise<void> {
  const report = await askProvision(context, parts);
  if (usableIdentity(context)?.isNew === true) {
    context.output.talk(`made your key, which proves what you decide: ${identityFile(context)}`);
  }
  context.output.result(report, (styles) => reportText(report, styles, context.output.width()));
  if (!report.isComplete) context.setExitCode(1);
}

/** Starts the set-up program and waits for its report; `--inspect` only looks. */
export async function askProvision(
  context: CommandContext,
  args: readonly string[],
): Promise<ProvisionReport> {
  let end: Exclude<ProvisionEvent, { type: 'progress' }> | undefined;
  const program = context.programs.start({
    name: 'provision',
    args,
    onMessage: (message) => {
      if (!isProvisionEvent(message)) return;
      if (message.type === 'progress') context.output.talk(message.text);
      else end = message;
    },
  });
  const stop = context.onInterrupt((signal) => program.signal(signal));
  const code = await program.ended;
  stop();
  if (end?.type === 'done') return end.report;
  if (end?.type === 'failed') throw receivedError(end.error);
  throw new HoldfastError(
    'internal',
    `set-up ended without a report (exit code ${code ?? 'none'})`,
  );
}

function reportText(report: ProvisionReport, styles: Styles, width: number): string {
  const table = renderTable(
    {
      columns: [
        { title: 'part' },
        { title: 'state' },
        { title: 'version' },
        { title: 'where', shrinksTo: 20 },
      ],
      rows: report.parts.map((part) => [
        part.name,
        { text: part.state, style: part.state === 'missing' ? styles.bad : styles.good },
        part.version ?? '',
        part.where ?? '',
      ]),
    },
    width,
  );
  const missing = report.parts.filter((part) => part.state === 'missing');
  const installed = report.parts.filter((part) => part.state === 'installed');
  const notes = [...installed, ...missing].map((part) => partNote(part, styles));
  const end = report.isComplete
    ? `everything is there (${report.tookMs} ms, data folder ${report.home})\n`
    : `${missing.length} part(s) missing\n`;
  return [table, ...notes, end].join('\n');
}

function partNote(part: ProvisionedPart, styles: Styles): string {
  const lines = [styles.bold(`${part.name}: ${part.state}`)];
  for (const { way, outcome } of part.attempts) lines.push(`  tried ${way}: ${outcome}`);
  if (part.state === 'installed') lines.push(`  now at ${part.where ?? 'its usual place'}`);
  if (part.state === 'missing' && part.mend !== undefined)
    lines.push(styles.hint(`  mend it with: ${part.mend}`));
  return `${lines.join('\n')}\n`;
}
