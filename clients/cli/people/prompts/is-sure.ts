import type { CommandContext } from '../../command-context.ts';
import { wrongUse } from '../../wrong-use.ts';
import { canPrompt } from './prompter.ts';

/**
 * Asks before data go for good.
 * @throws {HoldfastError} invalid_argument where nobody can be asked; the command has `--dry-run` and `--yes`.
 */
export async function isSure(context: CommandContext, message: string): Promise<boolean> {
  if (!canPrompt(context)) {
    throw wrongUse('nobody can be asked here', 'look first with --dry-run, then give --yes');
  }
  const prompter = await context.prompter();
  return (await prompter.confirm({ message })) === true;
}
