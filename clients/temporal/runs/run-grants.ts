import { stateQuery } from '../../../workflows/run/messages.ts';
import type { RunDetail } from '../../runs-client.ts';
import type { LocalConnection } from '../local-connection.ts';

/** Longest wait for a worker to tell the grants, in milliseconds: a run is shown all the same. */
const patienceMs = 2_000;

/** Grants stand in the workflow only; a worker has to answer. */
export async function grantsOf(
  { temporal }: LocalConnection,
  runId: string,
): Promise<RunDetail['grants']> {
  try {
    const client = await temporal();
    const state = await client.withDeadline(Date.now() + patienceMs, async () =>
      client.workflow.getHandle(runId).query(stateQuery),
    );
    return state.grants;
  } catch {
    return [];
  }
}
