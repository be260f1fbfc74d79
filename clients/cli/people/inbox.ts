import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { addFilter, type InboxFilter } from './bulk/filter-inbox.ts';

/** Registers `inbox`: everything that waits for a person, over all runs. */
export function registerInbox(program: Command, context: CommandContext): void {
  const group = program
    .command('inbox')
    .description('see and decide what waits for a person, over all runs');
  const list = addFilter(
    group
      .command('list', { isDefault: true })
      .description('list what waits, the riskiest first; on a terminal, pick one to decide')
      .option('--no-pick', 'only list'),
  ).action(async ({ pick, ...filter }: InboxFilter & { readonly pick: boolean }) => {
    const { showInbox } = await import('./show-inbox.ts');
    await showInbox(context, { manner: pick ? 'pick' : 'list', filter });
  });
  addExamples(list, [
    'holdfast inbox',
    'holdfast inbox --risk destructive --older-than 1h',
    'holdfast inbox --run 01k9 --json',
  ]);
  const undelivered = group
    .command('undelivered')
    .description('list notifications that no attempt could deliver')
    .option('--retry', 'send all of them once more')
    .action(async ({ retry }: { readonly retry?: boolean }) => {
      const { showUndelivered } = await import('./show-undelivered.ts');
      await showUndelivered(context, retry === true ? 'retry' : 'list');
    });
  addExamples(undelivered, ['holdfast inbox undelivered', 'holdfast inbox undelivered --retry']);

  const revoke = group
    .command('revoke')
    .description('take back a grant, so that what it let run unasked asks again')
    .argument('<run>', 'key of the run, or the start of it')
    .argument('<grant>', 'id of the grant, as runs show tells it')
    .action(async (run: string, grant: string) => {
      const { revokeGrant } = await import('./revoke-grant.ts');
      await revokeGrant(context, run, grant);
    });
  addExamples(revoke, ['holdfast inbox revoke 01k9 g1']);
}
