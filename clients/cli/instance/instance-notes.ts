import { HoldfastError } from '../../../domain/failures.ts';
import type { CommandContext } from '../command-context.ts';
import { otherServers } from './other-servers.ts';
import { staleSettings } from './stale-settings.ts';

/** Tells what of the settings the running instance does not go by, and what to do about it. */
export function tellInstanceNotes(context: CommandContext): void {
  const stale = staleSettings(context);
  const notes = [...(stale === undefined ? [] : [stale]), ...differences(context)];
  for (const note of notes) context.output.hint(`note: ${note}`);
}

/** An instance that runs goes on without them: settings that do not fit are no reason to refuse a command. */
function differences(context: CommandContext): readonly string[] {
  try {
    return otherServers(context);
  } catch (error) {
    if (error instanceof HoldfastError) return [error.message];
    throw error;
  }
}
