import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { homePaths } from '../../../../storage/home/home-paths.ts';
import {
  listStoredSecrets,
  openStoredSecrets,
  putStoredSecret,
  removeStoredSecret,
  rotateSecretKey,
} from '../../../../storage/secrets/secret-store.ts';

const now = new Date('2026-11-21T12:00:00Z');
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const put = (name: string, value: string) => putStoredSecret(home, { name, value, now });
const storeFile = (): string => homePaths(home).secretStore;
const keysFile = (): string => homePaths(home).secretKeys;

describe('the store of secrets', () => {
  it('gives back what was put in, and keeps it unreadable on the disk', () => {
    expect(put('one', 'canary-value')).toBe('added');
    expect(put('one', 'canary-other')).toBe('replaced');

    expect([...openStoredSecrets(home)]).toEqual([['one', 'canary-other']]);
    expect(listStoredSecrets(home)).toEqual([
      { name: 'one', changedAt: now.toISOString(), keyId: 'k1' },
    ]);
    for (const file of [storeFile(), keysFile()]) {
      expect(readFileSync(file, 'utf8')).not.toContain('canary');
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
  });

  it('is empty before anything was put in', () => {
    expect(openStoredSecrets(home).size).toBe(0);
    expect(() => removeStoredSecret(home, 'one')).toThrow('no secret "one"');
  });

  it('seals everything anew when the key is rotated, and forgets the old key', () => {
    put('one', 'canary-one');
    put('two', 'canary-two');
    const before = readFileSync(storeFile(), 'utf8');
    const oldKeys = readFileSync(keysFile(), 'utf8');

    expect(rotateSecretKey(home, now)).toEqual({ keyId: 'k2', count: 2 });

    expect([...openStoredSecrets(home).values()]).toEqual(['canary-one', 'canary-two']);
    expect(listStoredSecrets(home).map(({ keyId }) => keyId)).toEqual(['k2', 'k2']);
    expect(Object.keys(JSON.parse(readFileSync(keysFile(), 'utf8')).keys)).toEqual(['k2']);
    // Who has the old store needs the old key, which is gone.
    writeFileSync(storeFile(), before);
    expect([...openStoredSecrets(home).values()]).toEqual([undefined, undefined]);
    writeFileSync(keysFile(), oldKeys);
    expect([...openStoredSecrets(home).values()]).toEqual(['canary-one', 'canary-two']);
  });

  it('does not open what was changed or put under another name', () => {
    put('one', 'canary-one');
    const store = JSON.parse(readFileSync(storeFile(), 'utf8'));
    const { one } = store.secrets;
    const flipped = Buffer.from(one.sealed, 'base64');
    flipped.writeUInt8(flipped.readUInt8(0) ^ 1, 0);
    store.secrets = {
      renamed: one,
      changed: { ...one, sealed: flipped.toString('base64') },
      shortened: { ...one, tag: Buffer.from(one.tag, 'base64').subarray(0, 4).toString('base64') },
    };
    writeFileSync(storeFile(), JSON.stringify(store));

    expect([...openStoredSecrets(home).values()]).toEqual([undefined, undefined, undefined]);
    expect(() => rotateSecretKey(home, now)).toThrow('does not open');
  });

  it('refuses files that others can read, that are damaged, or whose key is gone', () => {
    put('one', 'canary-one');
    chmodSync(keysFile(), 0o644);
    expect(() => openStoredSecrets(home)).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    );
    chmodSync(keysFile(), 0o600);
    rmSync(keysFile());
    expect([...openStoredSecrets(home).values()]).toEqual([undefined]);
    expect(() => put('two', 'canary-two')).toThrow('is gone');
    writeFileSync(storeFile(), '{"schemaVersion":7}');
    expect(() => openStoredSecrets(home)).toThrow('is damaged');
  });

  it('lets one process change it at a time, and takes over from one that died', () => {
    put('one', 'canary-one');
    writeFileSync(`${storeFile()}.lock`, '');

    expect(() => put('two', 'canary-two')).toThrow(expect.objectContaining({ code: 'conflict' }));
    rmSync(`${storeFile()}.lock`);
    expect(put('two', 'canary-two')).toBe('added');
  });
});
