import type { RunRequest } from '../../../domain/run/run-request.ts';
import { readEvents } from '../../../storage/readers.ts';
import { stateQuery } from '../../../workflows/run/messages.ts';
import type { RunState } from '../../../workflows/run/run-state.ts';
import { pollFor } from '../poll.ts';
import { conversation, type RunHarness } from './run-harness.ts';

/** One approval as the run itself sees it. */
export type OpenApproval = RunState['approvals'][number];

/** Starts the run whose script has this name. Returns its id. */
export async function start(
  harness: RunHarness,
  name: string,
  request: Partial<RunRequest> = {},
  project = 'default',
): Promise<string> {
  const prompt = `do it ${conversation(name)}`;
  const { runId } = await harness.client.startRun({ request: { prompt, ...request }, project });
  return runId;
}

/** What the run itself says of its state. */
export async function stateOf({ temporal }: RunHarness, runId: string): Promise<RunState> {
  return temporal.workflow.getHandle(runId).query(stateQuery);
}

/** Waits until the run itself is as the condition says. */
export async function whenRun(
  harness: RunHarness,
  runId: string,
  is: (state: RunState) => boolean,
): Promise<RunState> {
  let last: RunState | undefined;
  return pollFor(`${runId} reaches the wanted state`, async () => {
    last = await stateOf(harness, runId);
    return is(last) ? last : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${JSON.stringify(last)}`, { cause: error });
  });
}

/** Waits until an approval is open and stands in the inbox, and returns it. */
export async function openApproval(
  harness: RunHarness,
  runId: string,
  except = '',
): Promise<OpenApproval> {
  return pollFor(`${runId} asks for an approval`, async () => {
    const inbox = await harness.client.inbox();
    const { approvals } = await stateOf(harness, runId);
    return approvals.find(
      ({ approvalId }) =>
        approvalId !== except && inbox.some((item) => item.approvalId === approvalId),
    );
  });
}

/** Everything that the log of a run holds, as `type` and data. Throws when an event does not fit its schema. */
export async function eventsOf(
  { db }: RunHarness,
  runId: string,
): Promise<readonly { readonly type: string; readonly data: Record<string, unknown> }[]> {
  const rows = await readEvents(db, runId, { after: 0, limit: 5_000 });
  return rows.map((reading) => {
    if (reading.type === 'refused') throw new Error(reading.refused.error.message);
    const { type, data } = reading.event;
    return { type, data };
  });
}

/** Waits until the log of a run holds an event that fits. */
export async function whenEvent(
  harness: RunHarness,
  runId: string,
  type: string,
  fits: (data: Record<string, unknown>) => boolean = () => true,
): Promise<Record<string, unknown>> {
  return pollFor(`${runId} writes ${type}`, async () => {
    const events = await eventsOf(harness, runId);
    return events.find((event) => event.type === type && fits(event.data))?.data;
  });
}

/** The texts of a conversation by role. */
export async function textsOf(
  { client }: RunHarness,
  runId: string,
  role: 'user' | 'assistant' | 'tool',
): Promise<readonly string[]> {
  const transcript = await client.transcript(runId);
  return transcript.filter((entry) => entry.role === role).map(({ text }) => text);
}
