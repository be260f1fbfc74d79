import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import type { BreakOptions } from './break-lock.ts';

/** Registers `locks`: who may change a host, group, service or repository right now, and who waits. */
export function registerLocks(program: Command, context: CommandContext): void {
  const group = program
    .command('locks')
    .description('see who holds a host, group, service or repository, and who waits for it');
  const list = group
    .command('list', { isDefault: true })
    .description('list locks that somebody holds or waits for')
    .action(async () => {
      const { listLocks } = await import('./show-locks.ts');
      await listLocks(context);
    });
  addExamples(list, ['holdfast locks', 'holdfast locks list --json']);

  const show = group
    .command('show')
    .description('show one lock: who holds it and who waits, since when and what for')
    .argument('<lock>', 'its name: host:, group:, service: or repo: and a name')
    .action(async (name: string) => {
      const { showLock } = await import('./show-locks.ts');
      await showLock(context, name);
    });
  addExamples(show, ['holdfast locks show host:web1']);

  const breaking = group
    .command('break')
    .description('take a lock from who holds it; takes the role operator or admin')
    .argument('<lock>', 'its name')
    .requiredOption('--reason <words>', 'why; the audit keeps who did it, the log also why')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: BreakOptions) => {
      const { breakLock } = await import('./break-lock.ts');
      await breakLock(context, name, options);
    });
  addExamples(breaking, [
    'holdfast locks break host:web1 --reason "its run hangs"',
    'holdfast locks break host:web1 --reason "its run hangs" --yes',
  ]);
}
