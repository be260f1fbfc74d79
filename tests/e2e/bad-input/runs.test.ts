import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { identityFile } from '../../../clients/cli/identity/own-identity.ts';
import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import type { HoldfastClient } from '../../../clients/holdfast-client.ts';
import { openIdentity } from '../../../storage/administration.ts';
import { conversation, makeProject } from '../../support/runs/run-harness.ts';
import { startRunInstance, type RunInstance } from '../../support/instance/run-instance.ts';
import { call, calling, goodbye, script } from '../../support/runs/run-scripts.ts';

const bigBytes = 3_000_000;

let instance: RunInstance;
let client: HoldfastClient;

beforeAll(async () => {
  instance = await startRunInstance([
    script(
      'tools',
      calling(call('read_file', { path: '../../etc/passwd' })),
      calling(call('read_file', { path: 'link-out' })),
      calling(call('write_file', { path: '/etc/holdfast-was-here', content: 'x' })),
      calling(call('read_file', { path: 'latin.txt' })),
      calling(call('read_file', '{"path": ')),
      calling(call('run_tests')),
      goodbye,
    ),
    { ...script('unauthorised', { faults: [{ type: 'status', status: 401 }] }) },
  ]);
  const { temporalAddress, namespace, taskQueue, databaseUrl } = instance;
  client = await openLocalClient({
    temporalAddress,
    namespace,
    taskQueue,
    databaseUrl,
    tenant: 'default',
    home: instance.home,
    user: 'tester',
    // The key that was registered when the instance was started.
    identity: openIdentity(
      identityFile({ environment: process.env, platform: process.platform, userFolder: homedir() }),
    ),
  });
});

afterAll(async () => {
  await client.close();
  await instance.stop();
});

/** Runs `holdfast run` without a workspace until the run ends or waits for a person. */
async function run(...args: readonly string[]) {
  return instance.json('run', '--no-workspace', '--no-wait', ...args);
}

describe('a model that asks for what cannot be', () => {
  it('is told so, call by call, and the run goes on to its end', async () => {
    const workspace = makeProject({
      'package.json': JSON.stringify({ scripts: { test: 'cat big.txt' } }),
      'big.txt': 'x'.repeat(bigBytes),
    });
    writeFileSync(join(workspace, 'latin.txt'), Buffer.from([0x66, 0xfc, 0x72, 0x0a]));
    symlinkSync('/etc/passwd', join(workspace, 'link-out'));
    const prompt = `go ${conversation('tools')}`;

    const policy = ['--policy', 'headless-permissive-sandbox'];
    const where = ['--workspace', workspace];
    const ended = await instance.json('run', prompt, ...where, ...policy, '--no-wait');
    const [newest] = await client.listRuns({ limit: 1 });
    const told = (await client.transcript(newest?.runId ?? ''))
      .filter(({ role }) => role === 'tool')
      .map(({ text }) => text);

    expect(ended).toMatchObject({ code: 0, document: { run: { status: 'completed' } } });
    expect(told).toHaveLength(6);
    for (const refused of told.slice(0, 3)) {
      expect(refused).toMatch(/^toolName: .*\nerrorType: access_denied\n.*out of the workspace/);
    }
    expect(told[3]).toContain('not valid UTF-8');
    expect(told[4]).toContain('errorType: validation_error');
    expect(told[5]?.length).toBeLessThan(bigBytes / 10);
    expect(told[5]).toContain('are left out');
  });
});

describe('a model that cannot be asked', () => {
  it('pauses the run when it refuses the key, and says which key where', async () => {
    const { code, document } = await run(`go ${conversation('unauthorised')}`);

    expect(code).toBe(4);
    expect(document).toMatchObject({
      run: {
        status: 'paused',
        pause: 'model_unavailable',
        message: expect.stringMatching(/refuses the key for scripted \(401\)/),
      },
    });
  });

  it('pauses the run when nobody listens there; it is not lost', async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}/v1`;
    const entry = { key: 'down', backend: 'generic', baseUrl, model: 'absent' };
    await client.putModel(entry, { isDefault: false });

    const { code, document } = await run('go', '--model', 'down');
    const inbox = await client.inbox();

    expect(code).toBe(4);
    expect(document).toMatchObject({ run: { status: 'paused', pause: 'model_unavailable' } });
    expect(JSON.stringify(document)).toContain(baseUrl.replace('/v1', ''));
    expect(inbox.map(({ kind }) => kind)).toContain('pause');
  });

  it('is refused before the run begins when nobody has configured it', async () => {
    const { code, document } = await run('go', '--model', 'unheard-of');

    expect(code).toBe(3);
    expect(document).toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/no model "unheard-of"; known: /),
    });
  });
});

describe('a request that cannot be taken', () => {
  it.each([[''], ['   ']])('is refused when its prompt is %j', async (prompt) => {
    const { code, document } = await run(prompt);

    expect(code).toBe(2);
    expect(document).toMatchObject({
      code: 'invalid_argument',
      fieldErrors: [{ field: 'prompt' }],
    });
  });

  it('is refused under a key that another request has; the first run stays', async () => {
    const first = `one ${conversation('unauthorised')}`;
    const started = await instance.json('run', first, '--no-workspace', '--no-watch', '--key', 'k');

    const other = await run('another', '--key', 'k');
    const same = await instance.json('run', first, '--no-workspace', '--no-watch', '--key', 'k');

    expect(started.code).toBe(0);
    expect(other).toMatchObject({ code: 1, document: { code: 'idempotency_conflict' } });
    expect(same).toMatchObject({ code: 0, document: { existing: true } });
  });
});

describe('a policy file that is no YAML', () => {
  it('is refused with line and column', async () => {
    const file = join(instance.home, 'policies', 'mine.yaml');
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, 'schemaVersion: 1\nname: mine\nrules:\n  - tool: [\n');

    const { code, document } = await instance.json(
      'policies',
      'evaluate',
      '--policy',
      'mine',
      '--tool',
      'shell',
      '--arg',
      'command=true',
    );
    rmSync(file);

    expect(code).toBe(2);
    expect(document).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^mine\.yaml:\d+:\d+: /),
    });
  });
});

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
