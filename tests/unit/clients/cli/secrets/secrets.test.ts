import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { homePaths } from '../../../../../storage/home/home-paths.ts';
import { openStoredSecrets } from '../../../../../storage/secrets/secret-store.ts';
import { runWith, scriptedPrompter } from '../run/command-line.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-cli-secrets-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const line = (args: string, more: object = {}) => runWith(args.split(' '), { home, ...more });

describe('holdfast secrets', () => {
  it('stores what is piped in and never shows it', async () => {
    const set = await line('secrets set npm-token --json', { stdin: 'canary-value\n' });
    const list = await line('secrets list --json');
    const table = await line('secrets');

    expect(set.code).toBe(0);
    expect(JSON.parse(set.stdout)).toMatchObject({
      name: 'npm-token',
      change: 'added',
      inUse: false,
    });
    expect(openStoredSecrets(home).get('npm-token')).toBe('canary-value');
    expect(JSON.parse(list.stdout)).toMatchObject({
      seenBy: 'this command',
      secrets: [{ name: 'npm-token', source: 'store', state: 'set', hosts: [] }],
    });
    expect(table.stdout).toContain('npm-token');
    for (const { stdout, stderr } of [set, list, table])
      expect(stdout + stderr).not.toContain('canary');
  });

  it('asks for the value at a terminal without showing it', async () => {
    const prompter = scriptedPrompter(['canary-typed']);

    const { stdout, code } = await line('secrets set typed', { isTerminal: true, prompter });

    expect(code).toBe(0);
    expect(stdout).not.toContain('canary');
    expect(openStoredSecrets(home).get('typed')).toBe('canary-typed');
  });

  it.each([
    ['an empty value', 'secrets set one', '', 'is empty'],
    ['a short value', 'secrets set one', 'abc', 'shorter than 6'],
    ['a value that is no text', 'secrets set one', 'abc\0defgh', 'is no text'],
    ['a bad name', 'secrets set Bad/Name', 'canary-value', 'lower-case letters'],
    ['the value as an argument', 'secrets set one canary-value', '', 'too many arguments'],
  ])('refuses %s', async (_, args, stdin, words) => {
    const { code, stderr, stdout } = await line(args, { stdin });

    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout + stderr).not.toContain('canary-value is');
    expect(openStoredSecrets(home).size).toBe(0);
  });

  it('stores nothing that the settings say comes from elsewhere', async () => {
    writeFileSync(join(home, 'holdfast.yaml'), 'secrets: { one: { env: SOMEWHERE } }\n');

    const { code, stderr } = await line('secrets set one', { stdin: 'canary-value' });

    expect(code).not.toBe(0);
    expect(stderr).toContain('comes from elsewhere');
  });

  it('removes, rotates and tests, with exit codes that programs can use', async () => {
    await line('secrets set one', { stdin: 'canary-one' });
    const rotated = await line('secrets rotate-key --json');
    const tested = await line('secrets test one');
    const removed = await line('secrets remove one');
    const gone = await line('secrets test one');
    const again = await line('secrets remove one');

    expect(JSON.parse(rotated.stdout)).toMatchObject({ keyId: 'k2', count: 1 });
    expect(readFileSync(homePaths(home).secretKeys, 'utf8')).not.toContain('"k1"');
    expect([tested.code, removed.code]).toEqual([0, 0]);
    expect([gone.code, again.code]).toEqual([3, 3]);
  });

  it('says which declared secret is missing, and why', async () => {
    writeFileSync(join(home, 'holdfast.yaml'), 'secrets: { one: { env: SOMEWHERE } }\n');

    const { code, stdout } = await line('secrets test');

    expect(code).toBe(1);
    expect(stdout).toContain('the variable SOMEWHERE is not set');
  });

  it('says how to start an instance when nothing runs that could reload', async () => {
    const { code, stderr } = await line('secrets reload');

    expect(code).toBe(75);
    expect(stderr).toContain('holdfast up');
  });
});
