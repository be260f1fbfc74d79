import { HoldfastError } from '../../../domain/failures.ts';
import type { InstanceRecord } from '../../../domain/settings/instance-record-schema.ts';
import type { ProvisionReport } from '../../../domain/settings/provision-report.ts';
import type { CommandContext } from '../command-context.ts';
import { ensureInstance } from '../instance/launch-instance.ts';
import { askProvision } from '../machine/run-setup.ts';
import type { DemoExample } from './demo-examples.ts';
import { factLine } from './demo-text.ts';

/** What was found or done before the run. */
export interface PreparedMachine {
  readonly record: InstanceRecord;
  /** Undefined when an instance was running. */
  readonly startMs: number | undefined;
}

/**
 * Sets up what the demo needs and brings up an instance where none runs, telling the person about both.
 *
 * @throws {HoldfastError} dependency_missing with the command that mends each missing part.
 */
export async function prepareMachine(
  context: CommandContext,
  { parts }: DemoExample,
): Promise<PreparedMachine> {
  const { output, home } = context;
  const report = await askProvision(context, parts);
  if (!report.isComplete) throw missingParts(report);
  output.talk(factLine(context, 'set-up', setUpText(report)));
  const { record, startMs } = await ensureInstance(context);
  output.talk(
    factLine(
      context,
      'instance',
      startMs === undefined
        ? `one is running already, data folder ${home}`
        : `started in ${(startMs / 1_000).toFixed(1)} s and stays up, data folder ${home}`,
    ),
  );
  return { record, startMs };
}

function setUpText({ parts, tookMs }: ProvisionReport): string {
  const installed = parts.filter(({ state }) => state === 'installed').map(({ name }) => name);
  const seconds = `${(tookMs / 1_000).toFixed(1)} s`;
  return installed.length === 0
    ? `everything is there (${seconds})`
    : `got ${installed.join(', ')} (${seconds})`;
}

function missingParts({ parts }: ProvisionReport): HoldfastError {
  const missing = parts.filter(({ state }) => state === 'missing');
  const mends = missing.flatMap(({ mend }) => mend ?? []);
  return new HoldfastError(
    'dependency_missing',
    `the demo needs ${missing.map(({ name }) => name).join(', ')}`,
    mends.length === 0 ? {} : { suggestion: `mend it with: ${[...new Set(mends)].join('; ')}` },
  );
}
