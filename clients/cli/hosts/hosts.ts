import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseAmount, parseCount } from '../parse-options.ts';
import type { ListOptions } from './show-hosts.ts';

/** Registers `hosts`: the machines that run workers, and what they have left. */
export function registerHosts(program: Command, context: CommandContext): void {
  const group = program
    .command('hosts')
    .description('see the machines that run workers, and what they have left');
  const list = group
    .command('list', { isDefault: true })
    .description('list hosts; with a least value only those that have it free and are not offline')
    .option('--free-cpu <cores>', 'least number of free processor cores', parseCount)
    .option('--free-vram <gigabytes>', 'least free memory of graphics processors', parseAmount)
    .action(async (options: ListOptions) => {
      const { listHosts } = await import('./show-hosts.ts');
      await listHosts(context, options);
    });
  addExamples(list, ['holdfast hosts', 'holdfast hosts list --free-cpu 4 --free-vram 8']);

  const show = group
    .command('show')
    .description('show what one host reported last')
    .argument('<host>', 'id of the host')
    .action(async (hostId: string) => {
      const { showHost } = await import('./show-hosts.ts');
      await showHost(context, hostId);
    });
  addExamples(show, ['holdfast hosts show build-1']);
}
