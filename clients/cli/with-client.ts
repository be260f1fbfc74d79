import type { HoldfastClient } from '../holdfast-client.ts';
import type { CommandContext } from './command-context.ts';

/** Opens the installation for a piece of work and closes it afterwards. Says when its settings are not the newest. */
export async function withClient<Result>(
  context: CommandContext,
  work: (client: HoldfastClient) => Promise<Result>,
): Promise<Result> {
  const client = await context.client();
  const { tellInstanceNotes } = await import('./instance/instance-notes.ts');
  tellInstanceNotes(context);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
