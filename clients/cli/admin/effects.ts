import { type Command, Option } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import { parseCount } from '../parse-options.ts';
import type { EffectListOptions } from './show-effects.ts';
import type { SettleOptions } from './settle-effect.ts';
import type { UndoOptions } from './undo-effect.ts';

const effectArgument = 'id of the effect, or an end of it such as t3/c0';

/** Registers `effects`: the ledger of what runs did to the world. */
export function registerEffects(program: Command, context: CommandContext): void {
  const group = program
    .command('effects')
    .description('see what runs did to the world, and settle what nobody saw the end of');
  const list = group
    .command('list', { isDefault: true })
    .description('list effects, newest first')
    .option('--run <run>', 'only of this run')
    .addOption(
      new Option('--state <state>', 'only these').choices([
        'intent',
        'committed',
        'failed',
        'unknown',
      ]),
    )
    .option('--limit <count>', 'how many at most', parseCount, 20)
    .action(async (options: EffectListOptions) => {
      const { listEffects } = await import('./show-effects.ts');
      await listEffects(context, options);
    });
  addExamples(list, ['holdfast effects list --state unknown', 'holdfast effects list --run 01k9']);

  const show = group
    .command('show')
    .description('show one effect with what was recorded before and after it')
    .argument('<effect>', effectArgument)
    .action(async (effect: string) => {
      const { showEffect } = await import('./show-effects.ts');
      await showEffect(context, effect);
    });
  addExamples(show, ['holdfast effects show 01k9/main/t3/c0']);

  registerUndo(group, context);
  registerSettle(group, context);
}

function registerUndo(group: Command, context: CommandContext): void {
  const undo = group
    .command('undo')
    .description(
      'take one effect back, after showing what that does; its run has to be over or paused',
    )
    .argument('<effect>', effectArgument)
    .option('--dry-run', 'only show what it would do')
    .option('--yes', 'do not ask')
    .action(async (effect: string, options: UndoOptions) => {
      const { undoEffect } = await import('./undo-effect.ts');
      await undoEffect(context, effect, options);
    });
  addExamples(undo, [
    'holdfast effects undo 01k9/main/t3/c0',
    'holdfast effects undo t3/c0 --dry-run',
    'holdfast effects undo t3/c0 --yes --json',
  ]);
}

function registerSettle(group: Command, context: CommandContext): void {
  const settle = group
    .command('settle')
    .description('say what became of an effect whose end nobody saw; look for yourself first')
    .argument('<effect>', effectArgument)
    .option('--happened', 'it counts as done')
    .option('--did-not-happen', 'it counts as failed, and the model is told')
    .option('--run-again', 'do it once more; only where its process is proved to be gone')
    .requiredOption('--reason <words>', 'how you know')
    .action(async (effect: string, options: SettleOptions) => {
      const { settleEffect } = await import('./settle-effect.ts');
      await settleEffect(context, effect, options);
    });
  addExamples(settle, [
    'holdfast effects settle t3/c0 --happened --reason "the package is on the registry"',
  ]);
}
