import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { startRehearsalProgram } from '../models/rehearsal-program.ts';
import type { DemoExample } from './demo-examples.ts';
import { rehearsalKey } from './demo-model.ts';
import { scriptOf } from './example-project.ts';

/** Fast readers read about as fast as this. */
const tokenDelayMs = 14;

/** What plays the script of a demo, known to the instance as a model as long as it plays. */
export interface StandIn {
  /** Ends it, and takes it off the list of models. Never throws. */
  readonly remove: () => Promise<void>;
}

/** Starts what plays the script of an example, and makes it known as a model. */
export async function startStandIn(
  context: CommandContext,
  client: HoldfastClient,
  example: DemoExample,
): Promise<StandIn> {
  const { url, stop } = await startRehearsalProgram(context, [
    '--script',
    scriptOf(example),
    '--token-delay',
    String(tokenDelayMs),
  ]);
  const entry = {
    key: rehearsalKey,
    backend: 'generic',
    baseUrl: url,
    model: rehearsalKey,
    privacy: 'local',
  };
  const remove = async (): Promise<void> => {
    stop();
    // An instance that has gone meanwhile forgets it at its next start; one of a later demo stays.
    await takeOff(client, url).catch(() => undefined);
  };
  try {
    await client.putModel(entry, { isDefault: false });
  } catch (error) {
    await remove();
    throw error;
  }
  return { remove };
}

async function takeOff(client: HoldfastClient, url: string): Promise<void> {
  const models = await client.listDefinitions('model');
  const ours = models.find(({ name }) => name === rehearsalKey);
  if (ours?.body['baseUrl'] === url) await client.removeModel(rehearsalKey);
}
