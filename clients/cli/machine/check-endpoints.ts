import { HoldfastError } from '../../../domain/failures.ts';
import type { EndpointState, HoldfastClient } from '../../holdfast-client.ts';
import type { CommandContext } from '../command-context.ts';
import { readInstance } from '../instance/home-door.ts';
import { withClient } from '../with-client.ts';
import type { Finding } from './finding.ts';

/** Says which endpoints of models are left alone because they failed, by what the workers of the instance share. */
export async function checkEndpoints(context: CommandContext): Promise<readonly Finding[]> {
  if (readInstance(context.home, context.sendSignal).type !== 'running') return [];
  try {
    return await withClient(context, async (client: HoldfastClient) => {
      const states = await client.modelEndpoints();
      return states.flatMap((state) => endpointFinding(state) ?? []);
    });
  } catch (error) {
    // A server that does not answer is told by the checks of the instance.
    if (error instanceof HoldfastError && error.code === 'unavailable') return [];
    throw error;
  }
}

function endpointFinding({
  baseUrl,
  state,
  failures,
  lastError,
}: EndpointState): Finding | undefined {
  if (state === 'closed') return undefined;
  const rest = state === 'open' ? 'is left alone for a while' : 'is being tried again';
  return {
    name: 'model endpoint',
    level: 'warning',
    detail: `${baseUrl} failed ${failures} times in a row and ${rest}: ${lastError ?? 'no reason was told'}`,
    mend: 'see what it serves with: holdfast models',
  };
}
