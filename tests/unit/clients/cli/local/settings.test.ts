import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { instanceRecordSchema } from '../../../../../domain/settings/instance-record-schema.ts';
import { identifyProcess } from '../../../../../storage/home/process-identity.ts';
import { writeInstance } from '../../../../../storage/home/instance-record.ts';
import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (file: string, text: string): void => writeFileSync(join(home, file), text);

const part = { restarts: 0, startedAt: new Date().toISOString(), isOurs: false };

/** Lets this process stand for an instance that started at a time. */
const runInstance = (startedAt: Date): void =>
  writeInstance(
    home,
    instanceRecordSchema.parse({
      schemaVersion: 1,
      version: '1.2.3',
      startedAt: startedAt.toISOString(),
      supervisor: identifyProcess(process.pid),
      temporalAddress: '127.0.0.1:7233',
      databaseUrl: 'postgresql://a:b@127.0.0.1:5433/holdfast',
      namespace: 'default',
      taskQueue: 'holdfast',
      parts: { temporal: part, postgres: part },
    }),
  );

describe('settings that changed while an instance runs', () => {
  it.each([[['status']], [['up', '--detach']], [['runs', 'list']]])(
    'are named by %j, with the way to have them read',
    async (args) => {
      write('holdfast.yaml', 'policy: plan-readonly\n');
      mkdirSync(join(home, 'policies'));
      write('policies/web-team.yaml', '');
      runInstance(new Date(Date.now() - 60_000));

      const { stderr } = await runWith(args, { home, client: fakeClient() });

      expect(stderr).toContain(
        'note: holdfast.yaml, web-team.yaml changed after the instance read it; to use it: holdfast config apply\n',
      );
    },
  );

  it('are not spoken of when the instance started after the change', async () => {
    write('holdfast.yaml', 'policy: plan-readonly\n');
    runInstance(new Date(Date.now() + 60_000));

    const { stderr } = await runWith(['runs', 'list'], { home, client: fakeClient() });

    expect(stderr).not.toContain('note:');
  });
});

describe('variables that name another server than the running instance uses', () => {
  it.each([
    ['TEMPORAL_ADDRESS', '10.0.0.9:7233', '127.0.0.1:7233'],
    ['HOLDFAST_TEMPORAL_NAMESPACE', 'other', 'default'],
    [
      'DATABASE_URL',
      'postgresql://me:secret@db.example/shop',
      '127.0.0.1:5433/holdfast, and so does this command',
    ],
  ])('are told by a command: %s', async (name, value, used) => {
    runInstance(new Date(Date.now() + 60_000));
    const world = { home, client: fakeClient(), variables: { [name]: value } };

    const { code, stderr } = await runWith(['runs', 'list'], world);

    expect(code).toBe(0);
    expect(stderr).toContain(`note: ${name} says `);
    expect(stderr).toContain(`the running instance uses ${used}`);
    expect(stderr).not.toContain('secret');
  });

  it('are not spoken of when they name the same', async () => {
    runInstance(new Date(Date.now() + 60_000));
    const variables = {
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      DATABASE_URL: 'postgresql://x:y@127.0.0.1:5433/holdfast',
    };

    const { stderr } = await runWith(['runs', 'list'], { home, client: fakeClient(), variables });

    expect(stderr).not.toContain('note:');
  });
});

describe('names in the settings that nothing has', () => {
  it.each([
    ['policy: nope\n', {}, 'holdfast.yaml:1:1: policy: there is no policy "nope"'],
    [
      'models: []\ndefaultModel: zz\n',
      {},
      'holdfast.yaml:2:1: defaultModel: there is no model "zz"',
    ],
    ['', { HOLDFAST_POLICY: 'plan-readonli' }, 'did you mean plan-readonly?'],
    [
      'models: [{ key: a, backend: ollama, model: x }]\nmodelChain: { primary: a, secondary: b, triggers: [error] }\n',
      {},
      'holdfast.yaml:2:27: modelChain.secondary: there is no model "b"',
    ],
    [
      'budgets: [{ name: b, scope: specialist, of: codr, maxCalls: 1 }]\n',
      {},
      'holdfast.yaml:1:1: budgets.0.of: there is no specialist "codr"',
    ],
    ['policiesFolder: /nowhere/at/all\n', {}, 'the policies folder /nowhere/at/all cannot be read'],
  ])('are refused before anything starts: %j', async (text, variables, message) => {
    write('holdfast.yaml', text);

    const show = await runWith(['config', 'show'], { home, variables });
    const up = await runWith(['up', '--detach'], { home, variables });

    expect([show.code, up.code]).toEqual([2, 2]);
    expect(show.stderr).toContain(message);
    expect(up.stderr).toBe(show.stderr);
  });

  it('are refused together, each with its place', async () => {
    write('holdfast.yaml', 'policy: nope\ndefaultModel: zz\n');

    const { stderr } = await runWith(['config', 'show'], { home });

    expect(stderr).toContain('the settings have 2 mistakes\n  holdfast.yaml:1:1: policy');
  });
});

describe('policy files that do not fit', () => {
  it.each([
    ['bad.yaml', 'rules: [', 'bad.yaml:1:'],
    ['bad.yaml', 'name: x\nvardict: y\n', 'bad.yaml:2:1: vardict: there is no such field'],
  ])('are refused with their place and what checks them: %s %j', async (file, text, place) => {
    mkdirSync(join(home, 'policies'));
    write(`policies/${file}`, text);

    const show = await runWith(['config', 'show'], { home });
    const list = await runWith(['policies', 'list'], { home });

    expect([show.code, list.code]).toEqual([2, 2]);
    expect(show.stderr).toContain(place);
    expect(show.stderr).toContain('holdfast policies list');
    expect(list.stderr).toContain(place);
  });

  it('are refused when two hold the same name', async () => {
    mkdirSync(join(home, 'policies'));
    const profile =
      'schemaVersion: 1\nname: twin\nmode: plan\nlimits: { maxTurns: 1, timeoutSeconds: 1, maxCostMicroUsd: 0 }\n';
    write('policies/a.yaml', profile);
    write('policies/b.yaml', profile);

    const { code, stderr } = await runWith(['config', 'show'], { home });

    expect(code).toBe(2);
    expect(stderr).toContain('b.yaml: a.yaml holds a profile named "twin" as well');
  });
});

describe('holdfast config show', () => {
  it.each([
    ['HOLDFAST_MAXPARALLEL', '5', 'did you mean HOLDFAST_MAX_PARALLEL?'],
    ['HOLDFAST_POLCY', 'x', 'did you mean HOLDFAST_POLICY?'],
    ['HOLDFAST_HOM', '/x', 'did you mean HOLDFAST_HOME?'],
    ['HOLDFAST_MODELS', 'x', 'models stands in the file only'],
    ['HOLDFAST_PORT', '7233', 'there is no such setting'],
  ])('refuses the unknown variable %s', async (name, value, message) => {
    const { code, stderr } = await runWith(['config', 'show'], {
      home,
      variables: { [name]: value },
    });

    expect(code).toBe(2);
    expect(stderr).toContain(`environment variable ${name}`);
    expect(stderr).toContain(message);
  });

  it.each([[], ['--origin'], ['--json']])(
    'shows no secret that stands in an address, with %j',
    async (...more) => {
      write(
        'holdfast.yaml',
        'notifications: [{ name: chat, kind: slack, url: "https://hooks.example.org/T0/planted-1" }]\n',
      );
      const variables = {
        DATABASE_URL: 'postgresql://me:a@planted-2@db.example.org/x?password=planted-3',
      };

      const { code, stdout, stderr } = await runWith(['config', 'show', ...more], {
        home,
        variables,
      });

      expect(code).toBe(0);
      expect(stdout).toContain('https://hooks.example.org/***');
      expect(stdout + stderr).not.toContain('planted');
    },
  );

  it('takes variables that the file names, that a cluster sets, and those of our own programs', async () => {
    write(
      'holdfast.yaml',
      'models: [{ key: a, backend: ollama, model: x, apiKey: { env: HOLDFAST_MY_KEY } }]\n',
    );
    const variables = {
      HOLDFAST_MY_KEY: 'k',
      HOLDFAST_DB_SERVICE_HOST: '10.0.0.1',
      HOLDFAST_DB_PORT: 'tcp://10.0.0.1:5432',
      HOLDFAST_DB_PORT_5432_TCP_ADDR: '10.0.0.1',
      HOLDFAST_CACHE: '/c',
      HOLDFAST_TEST_DATABASE: 'x',
      HOLDFAST_UNSET: '',
    };

    const { code } = await runWith(['config', 'show'], { home, variables });

    expect(code).toBe(0);
  });

  it('shows lists one value a line, by the paths that complaints name', async () => {
    write(
      'holdfast.yaml',
      'models:\n  - { key: work, backend: ollama, model: "qwen3:8b" }\nallowedHosts: [a.example, b.example]\n',
    );

    const { code, stdout } = await runWith(['config', 'show'], { home });

    expect(code).toBe(0);
    expect(stdout).toMatch(/^models\.0\.key +work$/m);
    expect(stdout).toMatch(/^models\.0\.model +qwen3:8b$/m);
    expect(stdout).toMatch(/^allowedHosts +\["a\.example","b\.example"\]$/m);
    expect(stdout).toMatch(/^prices +\[\]$/m);
  });
});
