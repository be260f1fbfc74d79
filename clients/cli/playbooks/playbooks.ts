import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parsePort } from '../parse-options.ts';
import type { MatchOptions } from './match-request.ts';
import type { RepositoryOptions } from './open-catalog.ts';
import { registerOrders } from './order-commands.ts';
import { repositoryOption } from './repository-option.ts';
import type { ScaffoldOptions } from './write-scaffold.ts';

/** Registers `playbooks`: what a repository with Ansible playbooks offers, and what applies them to hosts. */
export function registerPlaybooks(program: Command, context: CommandContext): void {
  const group = program
    .command('playbooks')
    .description('find, check, begin, preview and apply Ansible playbooks');
  const list = group
    .command('list', { isDefault: true })
    .description('list the playbooks of a repository at its commit, and what could not be read')
    .addOption(repositoryOption())
    .action(async (options: RepositoryOptions) => {
      const { listPlaybooks } = await import('./show-playbooks.ts');
      await listPlaybooks(context, options);
    });
  addExamples(list, ['holdfast playbooks list', 'holdfast playbooks list --repository ~/homelab']);

  const match = group
    .command('match')
    .description(
      'say which playbook a request is for, and what it says about its variables; never guesses. Exit code 3 when none fits, with proposals',
    )
    .argument('<request...>', 'what is wanted, in words')
    .addOption(repositoryOption())
    .option('--accept <playbook>', 'keep that this request means that playbook; needs the instance')
    .action(async (words: readonly string[], options: MatchOptions) => {
      const { matchRequest } = await import('./match-request.ts');
      await matchRequest(context, words.join(' '), options);
    });
  addExamples(match, [
    'holdfast playbooks match "deploy the portal on host h1 with port 8081"',
    'holdfast playbooks match "change the greeting" --accept motd-configure.yml',
  ]);

  const show = group
    .command('show')
    .description('print one playbook: hosts, roles, tags, variables, and what takes it back')
    .argument('<playbook>', 'its path in the repository')
    .addOption(repositoryOption())
    .action(async (path: string, options: RepositoryOptions) => {
      const { showPlaybook } = await import('./show-playbooks.ts');
      await showPlaybook(context, path, options);
    });
  addExamples(show, ['holdfast playbooks show portal-deploy.yml']);
  registerLint(group, context);
  registerScaffold(group, context);
  registerOrders(group, context);
}

function registerLint(group: Command, context: CommandContext): void {
  const lint = group
    .command('lint')
    .description('check a playbook as it is now, with reasons. Exit code 1 when something is found')
    .argument('<playbook>', 'its path in the repository')
    .addOption(repositoryOption())
    .action(async (path: string, options: RepositoryOptions) => {
      const { lintByCommand } = await import('./lint-by-command.ts');
      await lintByCommand(context, path, options);
    });
  addExamples(lint, [
    'holdfast playbooks lint portal-deploy.yml',
    'holdfast playbooks lint site.yml --json',
  ]);
}

function registerScaffold(group: Command, context: CommandContext): void {
  const scaffold = group
    .command('scaffold')
    .description(
      'begin a service: a playbook, a role and a test that pass the linter; shown unless --write',
    )
    .argument('<service>', 'name of the service')
    .addOption(repositoryOption())
    .option('--port <number>', 'TCP port that the service listens on', parsePort, 8080)
    .option('--hosts <pattern>', 'hosts of the playbook', 'all')
    .option('--no-become', 'do not become root on the hosts')
    .option('--write', 'write the files; those that are there are kept')
    .option('--overwrite', 'write the files, also over those that are there')
    .action(async (service: string, options: ScaffoldOptions) => {
      const { writeScaffold } = await import('./write-scaffold.ts');
      writeScaffold(context, service, options);
    });
  addExamples(scaffold, [
    'holdfast playbooks scaffold "Uptime Kuma"',
    'holdfast playbooks scaffold uptime-kuma --port 3001 --hosts monitoring --write',
  ]);
}
