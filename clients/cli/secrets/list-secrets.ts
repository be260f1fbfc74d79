import { readSecrets } from '../../../activities/secrets/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import type { ReportedSecret } from '../../../domain/secrets/secret-report-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings, readInstance } from '../instance/home-door.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable } from '../output/table.ts';
import { readSecretReport } from './secrets-door.ts';

/** Lists the secrets as the running worker has them; without one, as they would be read here. */
export async function listSecrets(context: CommandContext): Promise<void> {
  const { home, sendSignal, output } = context;
  const isRunning = readInstance(home, sendSignal).type === 'running';
  const report = isRunning ? readSecretReport(home) : undefined;
  const secrets = report?.secrets ?? (await readHere(context, 'without-commands'));
  const seenBy = report === undefined ? 'this command' : 'the worker';
  output.result({ secrets, seenBy }, (styles) => secretsText(secrets, styles, output.width()));
}

/**
 * Reads one secret or all of them here and says which are there. Exit code 1 when one is missing.
 * @throws {HoldfastError} not_found
 */
export async function testSecrets(
  context: CommandContext,
  name: string | undefined,
): Promise<void> {
  const { output } = context;
  const all = await readHere(context, 'all');
  const secrets = name === undefined ? all : all.filter((secret) => secret.name === name);
  if (name !== undefined && secrets.length === 0) {
    throw new HoldfastError('not_found', `no secret has the name "${name}"`, {
      suggestion: `store one with: holdfast secrets set ${name}; or declare it in holdfast.yaml`,
    });
  }
  output.result({ secrets }, (styles) => secretsText(secrets, styles, output.width()));
  if (secrets.some(({ state }) => state === 'missing')) context.setExitCode(1);
}

async function readHere(
  { home, environment }: CommandContext,
  depth: Parameters<typeof readSecrets>[2],
): Promise<readonly ReportedSecret[]> {
  const { settings } = loadSettings({ home, variables: environment, flags: {} });
  return (await readSecrets({ home, environment }, settings.secrets, depth)).report;
}

/** The secrets as a table, without their values. */
export function secretsText(
  secrets: readonly ReportedSecret[],
  styles: Styles,
  width: number,
): string {
  if (secrets.length === 0) return 'no secrets; store one: holdfast secrets set registry-token\n';
  const rows = secrets.map(({ name, source, state, why, variable, hosts }) => [
    name,
    source,
    { text: state, style: state === 'set' ? styles.good : styles.bad },
    variable ?? '',
    hosts.join(', '),
    why ?? '',
  ]);
  const columns = [
    { title: 'secret' },
    { title: 'from', shrinksTo: 12 },
    { title: 'state' },
    { title: 'variable of commands', leaves: 2 },
    { title: 'hosts', shrinksTo: 8, leaves: 3 },
    { title: 'why', shrinksTo: 12 },
  ] as const;
  return renderTable({ columns, rows }, width);
}
