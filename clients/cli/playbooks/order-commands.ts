import { type Command, InvalidArgumentError } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { refuseTogether } from '../exclusive-options.ts';
import { collectPair, parseCount, parseSeconds } from '../parse-options.ts';
import { repositoryOption } from './repository-option.ts';
import type { OrderOptions, TargetOptions } from './order-playbook.ts';

/** Registers what touches hosts: preview, apply, resume and rollback. */
export function registerOrders(group: Command, context: CommandContext): void {
  registerPreview(group, context);
  registerApply(group, context);
  registerResume(group, context);
  registerRollback(group, context);
}

function registerPreview(group: Command, context: CommandContext): void {
  const preview = group
    .command('preview')
    .description('show what a playbook would change on each host; changes nothing')
    .argument('<playbook>', 'its path in the repository')
    .action(async (playbook: string, options: TargetOptions) => {
      const { orderPlaybook } = await import('./order-playbook.ts');
      await orderPlaybook(context, { tool: 'preview_playbook', playbook }, options);
    });
  withFollowing(withTarget(preview));
  addExamples(preview, ['holdfast playbooks preview portal-deploy.yml --limit h1']);
}

function registerApply(group: Command, context: CommandContext): void {
  const apply = group
    .command('apply')
    .description(
      'apply a playbook: the preview is shown, a person approves exactly that, and what changed meanwhile is asked anew',
    )
    .argument('<playbook>', 'its path in the repository')
    .option('--lint', 'say what could be better in the playbook after a success too')
    .option(
      '--batch <hosts>',
      'hosts at once, as a number or as a percentage such as 30%',
      parseBatch,
    )
    .option('--max-fail-percent <percent>', 'stop when more of a batch failed', parsePercent)
    .action(async (playbook: string, options: TargetOptions) => {
      const { orderPlaybook } = await import('./order-playbook.ts');
      await orderPlaybook(context, { tool: 'apply_playbook', playbook }, options);
    });
  withFollowing(withTarget(apply));
  addExamples(apply, [
    'holdfast playbooks apply portal-deploy.yml',
    'holdfast playbooks apply web-update.yml --batch 3 --max-fail-percent 20 --var version=1.4.2',
  ]);
}

function registerResume(group: Command, context: CommandContext): void {
  const resume = group
    .command('resume')
    .description('go on with an apply that failed: at the task and on the hosts where it stopped')
    .argument('<effect>', 'id of the apply, as "holdfast effects list" prints it')
    .action(async (effect: string, options: OrderOptions) => {
      const { orderAfter } = await import('./order-playbook.ts');
      await orderAfter(context, { way: 'resume', effect }, options);
    });
  withFollowing(resume);
  addExamples(resume, ['holdfast playbooks resume run/default/k3/main/t1/c0']);
}

function registerRollback(group: Command, context: CommandContext): void {
  const rollback = group
    .command('rollback')
    .description(
      'take an apply back by the play that its playbook declares; asked for like an apply',
    )
    .argument('<effect>', 'id of the apply, as "holdfast effects list" prints it')
    .action(async (effect: string, options: OrderOptions) => {
      const { orderAfter } = await import('./order-playbook.ts');
      await orderAfter(context, { way: 'rollsBack', effect }, options);
    });
  withFollowing(rollback);
  addExamples(rollback, ['holdfast playbooks rollback run/default/k3/main/t1/c0']);
}

function withTarget(command: Command): Command {
  return command
    .option('--inventory <path>', 'inventory in the repository; may be repeated', collect)
    .option('--limit <pattern>', 'only these hosts')
    .option('--tags <tags>', 'only tasks with one of these tags, with commas between', parseList)
    .option('--skip-tags <tags>', 'no tasks with one of these tags', parseList)
    .option(
      '--var <name=value>',
      'variable; may be repeated. Text, or JSON that begins with [ or {',
      collectPair,
    )
    .option('--forks <count>', 'hosts worked on at once', parseCount)
    .option('--become', 'become root on the hosts where a task does not say')
    .option('--no-become', 'stay the user of the connection where a task does not say');
}

function withFollowing(command: Command): void {
  command
    .addOption(repositoryOption())
    .option('--policy <name>', 'policy profile (default: the configured one)')
    .option('--project <name>', 'project it belongs to (default: name of the folder)')
    .option('--key <key>', 'idempotency key: the same key and order is the same run')
    .option('--timeout <time>', 'working time at most, such as 10m', parseSeconds)
    .option('--watch', 'show it as it works (default on a terminal)')
    .option('--no-watch', 'only start it and print its key')
    .option('--wait', 'wait for its end in silence')
    .option('--no-wait', 'follow it, but exit with 4 where it waits for a person');
  refuseTogether(command, [
    ['wait', 'no-wait'],
    ['watch', 'no-watch'],
    ['watch', 'wait'],
  ]);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function parseList(text: string): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => word === '')) throw new InvalidArgumentError('Write a,b,c.');
  return words;
}

function parseBatch(text: string): number | string {
  if (/^(?:100|[1-9]\d?)%$/.test(text)) return text;
  return parseCount(text);
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent;
  throw new InvalidArgumentError('Write a whole number from 0 to 100.');
}
