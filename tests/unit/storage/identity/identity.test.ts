import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import type { SignedMessage } from '../../../../domain/principals/signed-content.ts';
import { openIdentity } from '../../../../storage/identity/identity-file.ts';
import { isProved, keyIdOf } from '../../../../storage/identity/proofs.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-identity-'));
  file = join(folder, 'deep', 'identity.pem');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const now = new Date('2026-11-21T12:00:00.000Z');

describe('openIdentity', () => {
  it('makes a key that only its owner can read, once', () => {
    const made = openIdentity(file);
    const again = openIdentity(file);

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
    expect([made.isNew, again.isNew]).toEqual([true, false]);
    expect(again.keyId).toBe(made.keyId);
    expect(keyIdOf(made.publicKey)).toBe(made.keyId);
  });

  it('gives the private half to nobody', () => {
    const identity = openIdentity(file);
    const [, secret = ''] = readFileSync(file, 'utf8').split('\n');

    expect(secret.length).toBeGreaterThan(40);
    expect(JSON.stringify(identity)).not.toContain(secret);
  });

  it('refuses a key that others can read, and what is no key', () => {
    openIdentity(file);
    chmodSync(file, 0o640);
    expect(() => openIdentity(file)).toThrow(/others can read your key/);

    writeFileSync(file, 'no key');
    chmodSync(file, 0o600);
    expect(() => openIdentity(file)).toThrow(/is no Ed25519 key/);

    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => openIdentity(file)).toThrow(/is no Ed25519 key/);
  });
});

describe('isProved', () => {
  const content = {
    message: 'decideApproval' as SignedMessage,
    runId: 'run/t/r',
    input: { approvalId: 'run/t/r/main/t1/c0/a1', decision: 'approve', by: 'ann' },
  };

  it('holds for what was signed, whatever the order of its keys', () => {
    const { publicKey, sign } = openIdentity(file);
    const proof = sign(content, now);
    const { approvalId, decision, by } = content.input;

    expect(isProved(publicKey, content, proof)).toBe(true);
    const other = { ...content, input: { by, decision, reason: undefined, approvalId } };
    expect(isProved(publicKey, other, proof)).toBe(true);
  });

  it('fails for another message, run, time, key or field', () => {
    const { publicKey, sign } = openIdentity(file);
    const stranger = openIdentity(join(folder, 'stranger.pem'));
    const proof = sign(content, now);

    expect(isProved(publicKey, { ...content, message: 'resume' }, proof)).toBe(false);
    expect(isProved(publicKey, { ...content, runId: 'run/t/s' }, proof)).toBe(false);
    const later = { ...proof, at: '2026-11-21T12:00:01.000Z' };
    expect(isProved(publicKey, content, later)).toBe(false);
    expect(isProved(stranger.publicKey, content, proof)).toBe(false);
    const changed = { ...content, input: { ...content.input, decision: 'reject' } };
    expect(isProved(publicKey, changed, proof)).toBe(false);
    const more = { ...content, input: { ...content.input, remember: { pattern: '*' } } };
    expect(isProved(publicKey, more, proof)).toBe(false);
  });

  it('never throws, and holds for no signature that somebody made up', () => {
    const { publicKey, keyId } = openIdentity(file);

    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (signature, at, key) => {
        expect(isProved(publicKey, content, { keyId, at, signature })).toBe(false);
        expect(isProved(key, content, { keyId, at, signature })).toBe(false);
      }),
    );
  });
});

describe('keyIdOf', () => {
  it('names no key of another kind', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');

    expect([keyIdOf(der), keyIdOf(''), keyIdOf('AAAA')]).toEqual([undefined, undefined, undefined]);
  });
});
