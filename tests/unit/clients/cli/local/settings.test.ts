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
        'note: holdfast.yaml, web-team.yaml changed after the instance started; to read it: holdfast down, then holdfast up --detach\n',
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

describe('holdfast config show', () => {
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
