import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openKillSwitch } from '../../clients/temporal/kill-switch.ts';
import { openLocalClient } from '../../clients/temporal/local-client.ts';
import { openDatabase } from '../../storage/postgres/database.ts';
import { wrongEvents } from '../support/check-events.ts';
import { gatherEvidence } from '../support/kill/kill-evidence.ts';
import {
  appendByEdit,
  appendByShell,
  countLine,
  finishRun,
  quietEnd,
  readCopy,
  scriptOf,
  startScript,
  type ScriptHarness,
} from '../support/kill/kill-run.ts';
import { pollFor } from '../support/poll.ts';
import { makeProject } from '../support/runs/run-harness.ts';
import { startRunInstance, type RunInstance } from '../support/instance/run-instance.ts';

/** How long a server that is stopped keeps everybody waiting, in milliseconds. */
const standstillMs = process.env['FAULTS'] === 'long' ? 60_000 : 6_000;

let instance: RunInstance;
let harness: ScriptHarness & { readonly stop: () => Promise<void> };

beforeAll(async () => {
  instance = await startRunInstance([
    scriptOf('servers', [
      appendByEdit('one'),
      appendByShell('alpha', ' ; sleep 2'),
      appendByEdit('two'),
      ...quietEnd,
    ]),
  ]);
  const { home, databaseUrl, temporalAddress, namespace, taskQueue, rehearsal } = instance;
  const db = openDatabase(databaseUrl);
  const client = await openLocalClient({
    temporalAddress,
    namespace,
    taskQueue,
    databaseUrl,
    tenant: 'default',
    home,
    user: 'tester',
  });
  const stop = async (): Promise<void> => {
    await client.close();
    await db.destroy();
  };
  harness = { home, db, client, rehearsal, makeProject, stop };
});

afterAll(async () => {
  await harness.stop();
  await instance.stop();
});

function processOf(part: 'postgres' | 'temporal'): number {
  const pid = instance.record().parts[part].process?.pid;
  if (pid === undefined) throw new Error(`${part} does not run`);
  return pid;
}

/** Processes that serve connections: the first one only accepts them. */
function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return list.split(' ').filter(Boolean).map(Number);
}

describe('a run in the middle of a command', () => {
  it.each([
    ['the database is killed', 'postgres', 'killed'],
    ['the database stands still', 'postgres', 'stopped'],
    ['the Temporal server is killed', 'temporal', 'killed'],
  ] as const)('goes on when %s, and nothing is repeated or unknown', async (_, part, how) => {
    const run = await startScript(harness, 'servers');
    const end = finishRun(harness, run.runId, {
      settle: (target) => {
        throw new Error(`somebody saw the end of ${target}`);
      },
    });
    end.catch(() => undefined);
    await pollFor('the command is under way', async () =>
      countLine(await readCopy(harness, run.runId, 'shell.log'), 'alpha') > 0 ? true : undefined,
    );

    const pid = processOf(part);
    if (how === 'killed') process.kill(pid, 'SIGKILL');
    else {
      process.kill(pid, 'SIGSTOP');
      const backends = childrenOf(pid);
      for (const backend of backends) process.kill(backend, 'SIGSTOP');
      await wait(standstillMs);
      for (const stopped of [...backends, pid]) process.kill(stopped, 'SIGCONT');
    }
    const { result, unknown } = await end;

    expect([result.status, unknown]).toEqual(['completed', []]);
    expect(await readCopy(harness, run.runId, 'log.txt')).toBe('one\ntwo\nEND\n');
    expect(await readCopy(harness, run.runId, 'shell.log')).toBe('alpha\n');
    const { effects, journal } = await gatherEvidence(harness, run);
    expect(effects.map(({ state }) => state)).toEqual(['committed', 'committed', 'committed']);
    expect(journal.map(({ answered }) => answered)).toEqual([1, 1, 1, 1, 1]);
    expect(await wrongEvents(harness.db)).toEqual([]);
  });
});

describe('the kill switch', () => {
  it('stays where it is while the database and the Temporal server are killed', async () => {
    const kill = openKillSwitch({
      databaseUrl: instance.databaseUrl,
      tenant: 'default',
      user: 'tester',
      temporal: { temporalAddress: instance.temporalAddress, namespace: instance.namespace },
    });
    const scopes = ['project:default'];
    await kill.stop({ scopes, reason: 'a test' });
    const run = await startScript(harness, 'servers');
    const held = async () => (await kill.state()).held.map(({ runId }) => runId);
    await pollFor('the run is held', async () => (await held()).includes(run.runId) || undefined);

    for (const part of ['postgres', 'temporal'] as const) {
      const pid = processOf(part);
      process.kill(pid, 'SIGKILL');
      await pollFor(`another ${part} runs`, () => {
        const now = instance.record().parts[part].process?.pid;
        return Promise.resolve((now !== undefined && now !== pid) || undefined);
      });
    }
    const state = await pollFor('the switch answers', async () =>
      kill.state().catch(() => undefined),
    );
    await wait(2_000);

    expect(state.stops.map(({ scope }) => scope)).toEqual(scopes);
    expect(await harness.client.listEffects({ run: run.runId })).toEqual([]);
    await pollFor('everybody was told', async () => {
      const { unreached } = await kill.resume({ scopes, runs: [], reason: 'mended' });
      return unreached.length === 0 ? true : undefined;
    });
    const { result } = await finishRun(harness, run.runId, {
      settle: (target) => {
        throw new Error(`somebody saw the end of ${target}`);
      },
    });
    await kill.close();
    expect(result.status).toBe('completed');
  });
});
