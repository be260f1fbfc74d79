import { findPrice, priceTable } from '../../../domain/budget/price.ts';
import { toDatedPrices } from '../../../domain/budget/price-schema.ts';
import { priceSeed } from '../../../domain/budget/price-seed.ts';
import { modelChainSchema } from '../../../domain/models/model-chain-schema.ts';
import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { chainKeys } from '../../../domain/models/tiers.ts';
import type { HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';

/**
 * Names of the models that a run would use and whose price nobody wrote down, in the order of the chain: a limit on cost
 * cannot be kept with them. `model` is the only one that is used; without it the chain is.
 */
export async function unpricedModels(
  { home, environment: variables }: CommandContext,
  client: Pick<HoldfastClient, 'listDefinitions'>,
  model?: string,
): Promise<readonly string[]> {
  const { settings } = loadSettings({ home, variables, flags: {} });
  const prices = priceTable(priceSeed, toDatedPrices({ prices: settings.prices }));
  const keys = model === undefined ? await keysOfChain(client) : [model];
  const models = await client.listDefinitions('model');
  return keys.filter((key) => {
    const found = models.find(({ name }) => name === key);
    const parsed = modelEntrySchema.safeParse(found?.body);
    // A name that is not configured is refused by the start itself.
    if (!parsed.success) return false;
    return parsed.data.price === undefined && !findPrice(prices, [parsed.data.model]);
  });
}

async function keysOfChain(
  client: Pick<HoldfastClient, 'listDefinitions'>,
): Promise<readonly string[]> {
  const [chain] = await client.listDefinitions('chain');
  const parsed = modelChainSchema.safeParse(chain?.body);
  return parsed.success ? chainKeys(parsed.data) : [];
}
