import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Options of `up` as commander gives them. */
export interface UpOptions {
  readonly detach?: boolean;
  readonly temporalAddress?: string;
  readonly namespace?: string;
  readonly databaseUrl?: string;
  readonly temporalPort?: string;
  readonly uiPort?: string;
  readonly postgresPort?: string;
}

/** Registers `up`: starts an instance and supervises it. */
export function registerUp(program: Command, context: CommandContext): void {
  const command = program
    .command('up')
    .description('start Temporal, PostgreSQL and a worker on this machine, and keep them running')
    .option('-d, --detach', 'return when everything is ready; logs go to the data folder')
    .option('--temporal-address <host:port>', 'use this Temporal server instead of an own one')
    .option('--namespace <name>', 'Temporal namespace')
    .option('--database-url <url>', 'use this PostgreSQL database instead of an own one')
    .option('--temporal-port <port>', 'port of the Temporal server, when it is free')
    .option('--ui-port <port>', 'port of the Temporal web page, when it is free')
    .option('--postgres-port <port>', 'port of PostgreSQL, when it is free')
    .action(async (options: UpOptions) => {
      const { runUp } = await import('./run-up.ts');
      await runUp(context, options);
    });
  addExamples(command, [
    'holdfast up',
    'holdfast up --detach',
    'HOLDFAST_HOME=~/second holdfast up',
  ]);
}
