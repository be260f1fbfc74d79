import { type Command, Option } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { demoExamples } from './demo-examples.ts';
import type { DemoOptions } from './run-demo.ts';

/** Registers `demo`: an agent repairs a small project while its worker is killed. */
export function registerDemo(program: Command, context: CommandContext): void {
  const command = program
    .command('demo')
    .description(
      'watch an agent repair a small project with a failing test: it asks for one approval, its worker is killed in the middle, and it goes on. Needs no model',
    )
    .addOption(
      new Option('--example <name>', 'project to repair')
        .choices([...demoExamples.keys()])
        .default('javascript'),
    )
    .option(
      '--model <name>',
      'configured model (default: the configured one; "rehearsal" plays the script)',
    )
    .option('-y, --yes', 'approve by itself what the agent asks for')
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('./run-demo.ts');
      await runDemo(context, options);
    });
  addExamples(command, ['holdfast demo', 'holdfast demo --yes --example python']);
}
