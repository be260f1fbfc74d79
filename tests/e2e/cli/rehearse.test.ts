import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { parse } from 'yaml';
import { z } from 'zod';

import { modelEntrySchema } from '../../../domain/models/model-entry-schema.ts';
import { runCli, spawnCli } from '../../support/instance/cli.ts';

let folder: string;
let script: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-rehearse-'));
  script = join(folder, 'script.json');
  const turns = [{ reply: { text: 'hello' } }];
  writeFileSync(script, JSON.stringify({ schemaVersion: 1, name: 's', model: 'm', turns }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('holdfast rehearse', () => {
  it('prints its address as one JSON document, and ends with Ctrl-C', async () => {
    const child = spawnCli(['rehearse', '--script', script, '--json']);
    const [text]: unknown[] = await once(child.stdout, 'data');
    const { schemaVersion, url } = JSON.parse(String(text));

    const answer = await fetch(`${url}/models`);
    child.kill('SIGINT');

    expect(schemaVersion).toBe(1);
    expect(answer.status).toBe(200);
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('prints what stands in holdfast.yaml to use it', async () => {
    const child = spawnCli(['rehearse', '--script', script]);
    const [text]: unknown[] = await once(child.stdout, 'data');
    child.kill('SIGINT');
    await once(child, 'close');

    const [, yaml = ''] = String(text).split(/^(?= {4}models:)/m);
    const [entry] = z.object({ models: z.array(modelEntrySchema) }).parse(parse(yaml)).models;
    const address = /listens at (\S+)/.exec(String(text))?.[1];
    expect(entry).toMatchObject({ key: 'scripted', model: 'm', baseUrl: address });
    expect(String(text)).toContain('--model scripted');
  });

  it.each([
    [[], 'nothing is given'],
    [['--script', 'missing.json'], 'missing.json cannot be read'],
    [['--replay', '/nonexistent'], 'no folder of recordings'],
  ])('refuses %j as every command does', async (args, words) => {
    const [told, document] = await Promise.all([
      runCli(['rehearse', ...args]),
      runCli(['rehearse', ...args, '--json']),
    ]);

    expect(told.stderr).toMatch(new RegExp(`^error: .*${words}`));
    expect(document.code).toBe(told.code);
    expect(JSON.parse(document.stdout)).toMatchObject({
      schemaVersion: 1,
      code: expect.stringMatching(/^(?:invalid_argument|not_found)$/),
      message: expect.stringContaining(words),
    });
  });
});
