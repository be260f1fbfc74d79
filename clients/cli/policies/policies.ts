import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { collectPair } from '../parse-options.ts';
import type { EvaluateOptions } from './evaluate-policy.ts';
import type { TestOptions } from './test-policies.ts';

/** Registers `policies`: what agents may do, and what policy would say on a call. No server is needed. */
export function registerPolicies(program: Command, context: CommandContext): void {
  const group = program.command('policies').description('see and try the rules for agents');
  const list = group
    .command('list', { isDefault: true })
    .description('list the presets and the profiles of the data folder')
    .action(async () => {
      const { listPolicies } = await import('./show-policies.ts');
      await listPolicies(context);
    });
  addExamples(list, ['holdfast policies list']);

  const show = group
    .command('show')
    .description('print one profile with its rules')
    .argument('<name>', 'name of a profile')
    .action(async (name: string) => {
      const { showPolicy } = await import('./show-policies.ts');
      await showPolicy(context, name);
    });
  addExamples(show, ['holdfast policies show headless-safe-sandbox']);

  const evaluate = group
    .command('evaluate')
    .description(
      'say what policy would decide on a call, and why; nothing runs. Exit code 0 whatever the verdict is',
    )
    .option('--policy <name>', 'profile to judge by (default: the configured one)')
    .option('--file <path>', 'profile in a file')
    .option('--tool <tool>', 'tool of the call')
    .option('--arg <name=value>', 'argument of the call; may be repeated', collectPair)
    .option('--args <json>', 'all arguments of the call as a JSON object')
    .option('--stdin', 'judge the calls on standard input, {"tool", "arguments"} a line')
    .option('--workspace <folder>', 'folder whose scripts the commands would run')
    .option('--project <name>', 'project whose policy counts too (default: name of the folder)')
    .action(async (options: EvaluateOptions) => {
      const { evaluatePolicies } = await import('./evaluate-policy.ts');
      await evaluatePolicies(context, options);
    });
  addExamples(evaluate, [
    "holdfast policies evaluate --tool shell --arg command='git status && rm -rf .'",
    'holdfast policies evaluate --policy plan-readonly --tool edit_file --arg path=.env',
    "holdfast policies evaluate --project shop --tool shell --arg command='npm publish'",
    'holdfast policies evaluate --policy my-team --stdin --json < calls.jsonl',
  ]);

  const test = group
    .command('test')
    .description(
      'hold a policy against your own cases: calls and the verdicts you expect. Exit code 1 when one differs',
    )
    .argument('<file>', 'YAML file with the cases')
    .option('--policy <name>', 'profile to judge by (default: the one the file names)')
    .option('--file <path>', 'profile in a file')
    .option('--workspace <folder>', 'folder whose scripts the commands would run')
    .option('--project <name>', 'project whose policy counts too (default: name of the folder)')
    .action(async (cases: string, options: TestOptions) => {
      const { testPolicies } = await import('./test-policies.ts');
      await testPolicies(context, cases, options);
    });
  addExamples(test, [
    'holdfast policies test policy-cases.yaml',
    'holdfast policies test policy-cases.yaml --file policies/web-team.yaml --json',
  ]);
}
