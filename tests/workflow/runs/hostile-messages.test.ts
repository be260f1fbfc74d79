import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { replayAll } from '../../support/runs/replay-histories.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import {
  eventsOf,
  openApproval,
  start,
  stateOf,
  whenEvent,
  whenRun,
} from '../../support/runs/running-runs.ts';
import { pollFor } from '../../support/poll.ts';

let harness: RunHarness;

beforeAll(async () => {
  harness = await startRunHarness({
    scripts: [script('asking', calling(shell('printf made > made.txt')), goodbye)],
  });
});

afterAll(async () => {
  try {
    await replayAll(harness);
  } finally {
    await harness.stop();
  }
});

type Payload = {
  readonly metadata?: Readonly<Record<string, Uint8Array>>;
  readonly data?: Uint8Array;
};

const bytes = (text: string): Uint8Array => Buffer.from(text);
const json = (text: string): Payload => ({
  metadata: { encoding: bytes('json/plain') },
  data: bytes(text),
});

/** What anybody can put on the wire. */
const payloads: readonly (readonly Payload[])[] = [
  [],
  [json('null')],
  [json('7')],
  [json('[1,2]')],
  [json('"text"')],
  [json('{}')],
  [json('{"undecodable":true}')],
  [json('{"__proto__":{"approvalId":"x"},"constructor":1}')],
  [json('{"approvalId":7,"text":[],"reason":{},"messageId":null}')],
  [json(String.raw`{"approvalId":"a\u0000b","text":"a\u0000b","reason":"\ud800","by":"x\u0000"}`)],
  [json(`{"approvalId":"${'x'.repeat(300_000)}","text":"${'y'.repeat(300_000)}"}`)],
  [json(`{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)}}`)],
  [json('{broken')],
  [json('')],
  [{ metadata: { encoding: bytes('binary/encrypted') }, data: bytes('{}') }],
  [{ metadata: { encoding: bytes('json/protobuf') }, data: bytes('{}') }],
  [{ metadata: { encoding: bytes('binary/plain') }, data: new Uint8Array([0, 255, 1]) }],
  [{ metadata: { encoding: bytes('binary/null') } }],
  [{ data: bytes('{}') }],
  [{ metadata: {} }],
  [json('{}'), json('{}')],
];

const signals = ['approve', 'reject', 'answer', 'inject', 'pause', 'resume', 'wake', 'nonsense'];
const updates = ['decideApproval', 'settleEffect', 'inject', 'pause', 'resume', 'revokeGrant', 'x'];

async function signalRaw(
  workflowId: string,
  name: string,
  content: readonly Payload[],
): Promise<void> {
  await harness.temporal.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName: name,
    input: { payloads: [...content] },
    requestId: randomUUID(),
  });
}

/** Returns what refused the update, or undefined when it was taken. */
async function updateRaw(
  workflowId: string,
  name: string,
  content: readonly Payload[],
): Promise<string | undefined> {
  const { outcome } = await harness.temporal.workflowService.updateWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    waitPolicy: { lifecycleStage: 3 },
    request: {
      meta: { updateId: randomUUID(), identity: 'anybody' },
      input: { name, args: { payloads: [...content] } },
    },
  });
  return outcome?.failure?.message ?? undefined;
}

/** Lets a run go on to its end. Returns how it ended and what it changed. */
async function finished(runId: string): Promise<readonly [string, readonly string[]]> {
  await harness.client.resumeRun(runId, undefined);
  const { approvalId } = await openApproval(harness, runId);
  await harness.client.decide({ approval: approvalId, decision: 'approve' });
  const { status } = await harness.client.waitForRun(runId);
  const { files } = await harness.client.diffRun(runId);
  return [status, files.map(({ path }) => path)];
}

const asAsked = ['completed', ['made.txt']];

describe('a run that waits', () => {
  it.each(signals)('stands every signal "%s", and writes down what it refused', async (name) => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);

    for (const content of payloads) await signalRaw(runId, name, content);

    if (!['pause', 'resume', 'wake'].includes(name)) {
      await whenEvent(harness, runId, 'message.refused', ({ signal }) => signal === name);
    }
    expect((await stateOf(harness, runId)).approvals).toHaveLength(1);
    expect(await finished(runId)).toEqual(asAsked);
  });

  it('answers every update that does not fit with a refusal', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);

    const taken: string[] = [];
    for (const name of updates) {
      const refusals: (string | undefined)[] = [];
      for (const content of payloads) refusals.push(await updateRaw(runId, name, content));
      taken.push(...refusals.flatMap((refusal) => (refusal === undefined ? [name] : [])));
    }

    // Nothing at all, or an object without the optional fields, is a fine pause.
    expect([...new Set(taken)].toSorted()).toEqual(['pause', 'resume']);
    expect(await finished(runId)).toEqual(asAsked);
  });

  it('is not filled by a flood of refused signals', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    const noise = json(`{"approvalId":"${'z'.repeat(250)}"}`);

    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 40 }, async () => signalRaw(runId, 'approve', [noise])),
      );
    }

    await whenEvent(harness, runId, 'message.refused');
    expect(await finished(runId)).toEqual(asAsked);
    const refused = (await eventsOf(harness, runId)).filter(
      ({ type }) => type === 'message.refused',
    );
    expect(refused.length).toBeGreaterThan(0);
  });

  it('goes on over a message whose long text is nowhere', async () => {
    const runId = await start(harness, 'asking');
    await openApproval(harness, runId);
    await signalRaw(runId, 'inject', [json('{"blob":"no-such-hash"}')]);
    expect(await finished(runId)).toEqual(asAsked);
  });
});

const raw = async (
  args: readonly unknown[],
  more: { cronSchedule?: string; retry?: { maximumAttempts: number } } = {},
): Promise<{ readonly type: unknown; readonly workflowId: string }> => {
  const workflowId = `run/default/raw-${randomUUID()}`;
  const started = await harness.temporal.workflow.start('runWorkflow', {
    workflowId,
    taskQueue: 'holdfast',
    args: [...args],
    ...more,
  });
  const handle = harness.temporal.workflow.getHandle(workflowId, started.firstExecutionRunId, {
    followRuns: false,
  });
  const type = await handle.result().then(
    () => 'completed',
    (error: unknown) => {
      const cause: unknown = error instanceof Error ? error.cause : undefined;
      return cause instanceof Error && 'type' in cause ? cause.type : String(error);
    },
  );
  return { type, workflowId };
};
describe('a raw start', () => {
  const good = {
    tenant: 'default',
    project: 'default',
    requestedBy: { name: 'x', kind: 'person' },
    request: { prompt: 'x' },
  };

  it.each([
    ['nothing', []],
    ['null', [null]],
    ['a number', [7]],
    ['a text', ['run']],
    ['an array', [[good]]],
    ['an empty object', [{}]],
    ['unknown fields', [{ ...good, extra: 1 }]],
    ['a forged carry and no request', [{ carry: { agent: {}, pins: {} } }]],
    ['bytes', [new Uint8Array(1_000_000)]],
    ['an empty request', [{ ...good, request: {} }]],
    ['another tenant', [{ ...good, tenant: 'other' }]],
  ])('with %s is refused at once and leaves no run', async (_, args) => {
    const { type, workflowId } = await raw(args);

    expect(['invalid_argument', 'Payload.TooLarge']).toContain(type);
    expect((await harness.client.listRuns({ limit: 500 })).map(({ runId }) => runId)).not.toContain(
      workflowId,
    );
  });

  it('too large for history is refused and does not loop', async () => {
    const { type } = await raw([{ ...good, request: { prompt: 'x'.repeat(2_000_000) } }]);

    expect(type).toBe('Payload.TooLarge');
  });

  it('with a cron schedule is refused, so that no forged carry is believed', async () => {
    const forged = {
      ...good,
      carry: { agent: { turn: 99 }, pins: {}, deadlineMs: 0, decided: [] },
    };
    const { type, workflowId } = await raw([forged], { cronSchedule: '@every 1s' });
    expect(type).toMatch(/continued as new/);
    await harness.temporal.workflow.getHandle(workflowId).terminate();
    expect(await harness.client.listRuns({ limit: 500 })).not.toContainEqual(
      expect.objectContaining({ runId: workflowId }),
    );
  });

  it('with a retry policy is not attempted twice', async () => {
    const forged = { ...good, project: '', carry: { agent: { turn: 99 }, pins: {} } };
    const { type, workflowId } = await raw([forged], { retry: { maximumAttempts: 5 } });
    expect(type).toBe('invalid_argument');
    await pollFor('the run is over', async () => {
      const { status } = await harness.temporal.workflow.getHandle(workflowId).describe();
      return status.name === 'FAILED' ? true : undefined;
    });
  });

  it('by a stranger with a good request is a run like any other', async () => {
    const workflowId = `run/default/raw-${randomUUID()}`;
    await harness.temporal.workflow.start('runWorkflow', {
      workflowId,
      taskQueue: 'holdfast',
      args: [{ ...good, request: { prompt: 'x [conversation:asking]' } }],
    });
    await pollFor('it asks', async () => {
      const state = await stateOf(harness, workflowId).catch(() => undefined);
      return state?.approvals.length === 1 ? true : undefined;
    });
    await whenRun(harness, workflowId, ({ status }) => status === 'awaiting_approval');
    expect(await finished(workflowId)).toEqual(asAsked);
  });
});
