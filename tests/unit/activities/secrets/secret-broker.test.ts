import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Redactor } from '../../../../activities/redaction/redactor.ts';
import { SecretBroker } from '../../../../activities/secrets/secret-broker.ts';
import { createToolSecrets } from '../../../../activities/secrets/tool-secrets.ts';
import { secretsSchema } from '../../../../domain/secrets/secret-schema.ts';
import type { SecretReport } from '../../../../domain/secrets/secret-report-schema.ts';
import { putStoredSecret } from '../../../../storage/secrets/secret-store.ts';

let home: string;
let told: SecretReport[];
let redactor: Redactor;
let declared: unknown;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-broker-'));
  told = [];
  redactor = new Redactor();
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function brokerOf(secrets: object, environment: Record<string, string> = {}): SecretBroker {
  declared = secrets;
  return new SecretBroker({
    place: { home, environment: { PATH: process.env['PATH'], ...environment } },
    redactor,
    declarations: () => secretsSchema.parse(declared),
    tell: (report) => told.push(report),
    pid: 1,
  });
}

function program(text: string): string {
  const file = join(home, 'print-secret');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('SecretBroker', () => {
  it('reads environment, file, command and store, and knows them before anybody gets one', async () => {
    writeFileSync(join(home, 'file'), 'from-file-1\n');
    putStoredSecret(home, { name: 'stored', value: 'from-store-1', now: new Date() });
    const broker = brokerOf(
      {
        env: { env: 'GIVEN' },
        file: { file: join(home, 'file') },
        command: { command: [program('printf "%s" "from-$1-$KEPT"'), 'command'] },
      },
      { GIVEN: 'from-env-1', KEPT: 'vault' },
    );

    const secrets = await broker.snapshot();

    const values = ['env', 'file', 'command', 'stored'].map((name) => secrets.value(name));
    expect(values).toEqual(['from-env-1', 'from-file-1', 'from-command-vault', 'from-store-1']);
    expect(redactor.values(values.join(' '))).toBe(Array(4).fill('<<REDACTED>>').join(' '));
    expect(JSON.stringify(told)).not.toMatch(/from-/);
    expect(told[0]?.secrets.map(({ name, source }) => [name, source.split(' ')[0]])).toEqual([
      ['command', 'command'],
      ['env', 'environment'],
      ['file', 'file'],
      ['stored', 'store'],
    ]);
  });

  it.each([
    ['a variable that is not set', { env: 'ABSENT' }, 'ABSENT is not set'],
    ['a file that is not there', { file: '/nonexistent/secret' }, 'ENOENT'],
    ['a program that is not there', { command: ['/nonexistent/program'] }, 'ENOENT'],
    ['a program that fails', { command: ['sh', '-c', 'echo leaked-words; exit 3'] }, 'exit code 3'],
    ['an empty value', { command: ['true'] }, 'empty'],
    ['a value that is too short', { command: ['echo', 'abc'] }, 'shorter than 6'],
    ['a value that is no text', { command: ['printf', String.raw`abc\000defgh`] }, 'no text'],
    ['nothing in the store', {}, 'does not hold it'],
  ])('says that a secret is missing for %s, by its name and never by its value', async (...row) => {
    const [, declaration, why] = row;
    const secrets = await brokerOf({ wanted: declaration }).snapshot();

    expect(() => secrets.value('wanted')).toThrow(
      expect.objectContaining({
        code: 'dependency_missing',
        message: expect.stringContaining(why),
      }),
    );
    expect(() => secrets.value('wanted')).toThrow('the secret wanted is missing');
    expect(JSON.stringify(told)).not.toContain('leaked-words');
  });

  it('starts programs without a shell', async () => {
    const command = ['echo', '$(id) `id` ; echo more'];
    const secrets = await brokerOf({ wanted: { command } }).snapshot();

    expect(secrets.value('wanted')).toBe('$(id) `id` ; echo more');
  });

  it('swaps all values at once, and goes on keeping the old ones out of texts', async () => {
    const file = join(home, 'file');
    writeFileSync(file, 'value-before');
    const broker = brokerOf({ wanted: { file } });
    const before = await broker.snapshot();
    writeFileSync(file, 'value-behind');

    const reloading = broker.reload();
    expect((await broker.snapshot()).value('wanted')).toBe('value-before');
    await reloading;

    expect((await broker.snapshot()).value('wanted')).toBe('value-behind');
    expect(before.value('wanted')).toBe('value-before');
    expect(redactor.values('value-before value-behind')).toBe('<<REDACTED>> <<REDACTED>>');
  });

  it('keeps what it has when the settings do not fit, and says why', async () => {
    const broker = brokerOf({ wanted: { command: ['echo', 'value-one'] } });
    await broker.snapshot();
    declared = { wanted: { command: [] } };

    await broker.reload();

    expect((await broker.snapshot()).value('wanted')).toBe('value-one');
    expect(told.at(-1)).toMatchObject({ error: expect.any(String), secrets: [{ name: 'wanted' }] });
  });
});

describe('createToolSecrets', () => {
  it('gives commands what has a variable, and requests what their headers refer to', async () => {
    const broker = brokerOf(
      {
        one: { env: 'ONE', variable: 'NPM_TOKEN' },
        two: { env: 'TWO', hosts: ['api.example.org'] },
      },
      { ONE: 'value-one', TWO: 'value-two' },
    );
    const secrets = createToolSecrets(() => broker.snapshot());

    expect(await secrets.forCommand()).toEqual({
      granted: ['NPM_TOKEN=secret://one'],
      environment: { NPM_TOKEN: 'value-one' },
    });
    const headers = { authorization: 'Bearer secret://two', accept: '*/*' };
    expect(await secrets.forHeaders(headers, new URL('https://api.example.org/x'))).toEqual({
      granted: ['secret://two'],
      headers: { authorization: 'Bearer value-two', accept: '*/*' },
    });
  });

  it.each([
    ['secret://two', 'https://evil.example.org/', 'access_denied', 'may not be sent to'],
    ['secret://one', 'https://api.example.org/', 'access_denied', 'secret one'],
    ['secret://none', 'https://api.example.org/', 'dependency_missing', 'secret none'],
    ['secret://lines', 'https://api.example.org/', 'execution_error', 'does not fit'],
  ])('refuses %s for %s', async (reference, url, code, words) => {
    const broker = brokerOf(
      {
        one: { env: 'ONE' },
        two: { env: 'TWO', hosts: ['api.example.org'] },
        lines: { env: 'LINES', hosts: ['*'] },
      },
      { ONE: 'value-one', TWO: 'value-two', LINES: 'value\r\nset-cookie: x' },
    );
    const secrets = createToolSecrets(() => broker.snapshot());

    await expect(secrets.forHeaders({ 'x-key': reference }, new URL(url))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });
});

describe('secretsSchema', () => {
  it.each([
    [{ UPPER: {} }],
    [{ 'a/b': {} }],
    [{ one: { env: 'A', file: '/b' } }],
    [{ one: { env: 'not a name' } }],
    [{ one: { file: 'relative' } }],
    [{ one: { command: [] } }],
    [{ one: { command: 'pass show x' } }],
    [{ one: { variable: 'LD_PRELOAD' } }],
    [{ one: { variable: 'PATH' } }],
    [{ one: { value: 'in the file' } }],
    [{ one: { variable: 'SAME' }, two: { variable: 'SAME' } }],
  ])('refuses %j', (secrets) => {
    expect(secretsSchema.safeParse(secrets).success).toBe(false);
  });
});
