import { join } from 'node:path';

import type { CommandContext } from '../command-context.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkInstance } from './check-instance.ts';
import { checkHardware, checkParts } from './check-machine.ts';
import { doctorExitCode, type Finding } from './finding.ts';
import { askProvision } from './run-setup.ts';

/** Looks at everything, changes nothing, and says what to do. Exit code 0 healthy, 1 warnings, 2 errors. */
export async function runDoctor(context: CommandContext): Promise<void> {
  // Makes the data folder ready as well, or says why it cannot be used.
  const report = await askProvision(context, ['--inspect']);
  const { hint } = context.output.dataStyles();
  const found: readonly Finding[] = [
    {
      name: 'holdfast',
      level: 'ok',
      detail: `version ${context.version}, Node ${context.nodeVersion}, data folder ${context.home}`,
    },
    ...checkHardware(context),
    ...checkParts(report),
    ...checkConfiguration(context),
    ...(await sandboxFindings(context)),
    ...(await checkInstance(context)),
    ...(await checkEndpoints(context)),
  ];
  const findings = found.map((finding) => ({
    ...finding,
    detail: hint(finding.detail),
    ...(finding.mend === undefined ? {} : { mend: hint(finding.mend) }),
  }));
  const exitCode = doctorExitCode(findings);
  const verdict = { 0: 'healthy', 1: 'warnings', 2: 'errors' }[exitCode];
  context.output.result({ verdict, findings }, (styles) => doctorText(context, findings, styles));
  context.setExitCode(exitCode);
}

async function sandboxFindings(context: CommandContext): Promise<readonly Finding[]> {
  const { checkSandbox } = await import('./check-sandbox.ts');
  try {
    return await checkSandbox(context, join(context.home, 'sandbox'));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name: 'sandbox', level: 'error', detail, mend: 'holdfast setup' }];
  }
}

function doctorText(context: CommandContext, findings: readonly Finding[], styles: Styles): string {
  const marks = { ok: styles.good, warning: styles.warn, error: styles.bad };
  const table = renderTable(
    {
      columns: [
        { title: 'check' },
        { title: 'state' },
        { title: 'detail', shrinksTo: 30, cuts: 'nothing' },
      ],
      rows: findings.map(({ name, level, detail }) => [
        name,
        { text: level, style: marks[level] },
        detail,
      ]),
    },
    context.output.width(),
  );
  const broken = findings.filter(({ level }) => level !== 'ok');
  if (broken.length === 0) return `${table}\nhealthy\n`;
  const advice = broken.map(
    ({ name, level, detail, mend }) =>
      `${marks[level](level)} ${name}: ${detail}\n  to mend: ${mend ?? 'see the documentation'}\n`,
  );
  return `${table}\n${advice.join('')}`;
}
