import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { putOutbox } from '../../storage/audit/outbox.ts';
import { pollFor } from '../support/poll.ts';
import { startRunHarness, type RunHarness, type TestWorker } from '../support/runs/run-harness.ts';

/** Workers that are killed, one after the other, while everybody writes. */
const kills = process.env['FAULTS'] === 'long' ? 20 : 5;
const writers = 20;
let harness: RunHarness;

beforeAll(async () => {
  harness = await startRunHarness({ scripts: [], upkeep: true, workers: 0 });
});
afterAll(async () => {
  await harness.stop();
});

/** Writes until it is told to stop. Returns how much it wrote. */
async function keepWriting(writer: number, isOver: () => boolean): Promise<number> {
  for (let index = 0; ; index += 1) {
    if (isOver()) return index;
    await putOutbox(harness.db, {
      tenant: 'default',
      runId: `run/default/writer-${writer}`,
      position: String(index),
      kind: 'effect.intent',
      actor: 'agent',
      subject: `shell c${index}`,
      digest: 'd',
    });
    await wait(5);
  }
}

async function headSeq(): Promise<number> {
  const [head] = await harness.db.selectFrom('audit_heads').select('seq').execute();
  return Number(head?.seq ?? 0);
}

describe('the chain of the audit under 20 writers', () => {
  it('has no gap and no fork although whoever writes it is killed or frozen again and again', async () => {
    let isOver = false;
    const writing = Array.from({ length: writers }, async (_, writer) =>
      keepWriting(writer, () => isOver),
    );
    const dead: TestWorker[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const worker = await harness.startWorker();
      // As the instance does: what was on its way to a worker that died is asked for again.
      for (const each of dead) await harness.recoverFrom(each);
      const before = await headSeq();
      await pollFor('this worker sequences', async () => (await headSeq()) > before || undefined);
      // Not always at the same moment of a batch.
      await wait(37 * (kill + 1));
      if (kill % 2 === 1) worker.kill('SIGSTOP');
      await wait(kill % 2 === 1 ? 500 : 0);
      worker.kill('SIGKILL');
      await worker.exited;
      await harness.recoverFrom(worker);
      dead.push(worker);
    }
    isOver = true;
    const written = (await Promise.all(writing)).reduce((sum, count) => sum + count, 0);
    await harness.startWorker();
    for (const each of dead) await harness.recoverFrom(each);
    await pollFor('everything is in the chain', async () =>
      (await harness.client.audit.query({ intent: 'effect', limit: 1 })).total >= written
        ? true
        : undefined,
    );

    const report = await harness.client.audit.verify(1);
    expect(report.faults).toEqual([]);
    // The definitions of the start come before what the writers wrote.
    const definitions = await harness.client.audit.query({ intent: 'definition' });
    expect(report).toMatchObject({ records: written + definitions.total, to: report.records });
  });
});
