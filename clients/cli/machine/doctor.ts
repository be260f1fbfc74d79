import type { Command } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';

/** Registers `doctor`: says what is wrong on this machine and how to mend it. */
export function registerDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .description('check every part and the sandbox; exit code 0 healthy, 1 warnings, 2 errors')
    .action(async () => {
      const { runDoctor } = await import('./run-doctor.ts');
      await runDoctor(context);
    });
  addExamples(command, ['holdfast doctor', 'holdfast doctor --json']);
}
