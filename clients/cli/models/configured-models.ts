import { HoldfastError } from '../../../domain/failures.ts';
import { type ModelEntry, modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';
import { withClient } from '../with-client.ts';

/** A model that runs may name, and where it was configured. */
export interface ConfiguredModel {
  readonly entry: ModelEntry;
  readonly origin: string;
}

/** The models of the running instance; without one, those of the settings file. */
export async function configuredModels(
  context: CommandContext,
): Promise<readonly ConfiguredModel[]> {
  const running = await withClient(context, (client) => client.listDefinitions('model')).catch(
    (error: unknown) => {
      if (error instanceof HoldfastError && error.code === 'unavailable') return undefined;
      throw error;
    },
  );
  if (running === undefined) {
    const { home, environment: variables } = context;
    const { settings } = loadSettings({ home, variables, flags: {} });
    return settings.models.map((entry) => ({ entry, origin: 'holdfast.yaml' }));
  }
  return running.flatMap(({ body, origin }) => {
    const parsed = modelEntrySchema.safeParse(body);
    return parsed.success ? [{ entry: parsed.data, origin }] : [];
  });
}
