import { describe, expect, it } from '@jest/globals';

import { redactCertain, redactLikely } from '../../../../domain/redaction/secret-patterns.ts';

// Put together here, so that no scanner takes this file for a leak.
const joined = (...parts: readonly string[]): string => parts.join('');

const certain = [
  joined('sk-', 'proj-abcdefghijklmnop1234'),
  joined('sk_', 'live_abcdefghij12'),
  joined('ghp_', 'a1'.repeat(18)),
  joined('github_pat_', 'a1'.repeat(18)),
  joined('glpat-', 'a1b2c3d4e5f6g7h8i9j0'),
  joined('AIza', 'a'.repeat(35)),
  joined('xoxb-', '123456789012-abcdef'),
  joined('AKIA', 'A1B2C3D4E5F6G7H8'),
  joined('npm_', 'a'.repeat(36)),
  joined('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0In0', '.c2lnbmF0dXJlLWhlcmU'),
  joined('-----BEGIN RSA PRIVATE KEY-----\n', 'a1b2'.repeat(16), '\n-----END RSA PRIVATE KEY-----'),
];

describe('redactCertain', () => {
  it.each(certain)('replaces %j', (text) => {
    expect(redactCertain(`x = "${text}";`)).toBe('x = "<<REDACTED>>";');
  });

  it('replaces the password of an address and keeps where it leads', () => {
    expect(redactCertain('git clone https://ada:hunter22@git.example.org/x')).toBe(
      'git clone https://<<REDACTED>>@git.example.org/x',
    );
  });

  it.each([
    'const password = request.body.password;',
    'sk-learn and sk_buff, pk_users_table_name',
    'mail ada@example.org, call 555-12-3456',
    'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'https://example.org:8080/path@v2',
    'postgres://${user}:${password}@host/db',
    'npm_config_registry=https://registry.npmjs.org/',
  ])('leaves %j to those who work with it', (text) => {
    expect(redactCertain(text)).toBe(text);
  });
});

describe('redactLikely', () => {
  it.each([
    ['Authorization: Bearer abc.def-ghi12', 'abc.def'],
    ['{"password":"hunter22"}', 'hunter22'],
    ['api_key=abcd1234efgh', 'abcd1234'],
    ['GITHUB_TOKEN: whatever1', 'whatever1'],
    ['mail ada@example.org', 'ada@'],
    ['card 4111 1111 1111 1111', '4111 1111'],
    ['ssn 123-45-6789', '123-45'],
  ])('replaces what %j holds', (text, secret) => {
    const clean = redactLikely(text);

    expect(clean).toContain('<<REDACTED>>');
    expect(clean).not.toContain(secret);
  });

  it('leaves a JSON line a JSON line', () => {
    const line = JSON.stringify({ msg: 'failed', token: 'abcd1234', run: 'run/default/x' });

    expect(JSON.parse(redactLikely(line))).toEqual({
      msg: 'failed',
      token: '<<REDACTED>>',
      run: 'run/default/x',
    });
  });

  it.each([
    [
      'words and numbers',
      `${'a'.repeat(50_000)} ${'password'.repeat(5_000)} ${'1'.repeat(50_000)}`,
    ],
    ['a key that is named for ever', `-----BEGIN ${'A'.repeat(50_000)}`],
    ['keys that never end', '-----BEGIN PRIVATE KEY-----'.repeat(10_000)],
    ['dashes behind a key', `-----BEGIN PRIVATE KEY-----${'- '.repeat(100_000)}`],
    ['tokens that begin and begin', 'eyJ-'.repeat(100_000)],
    ['tokens without an end', 'eyJabcdefgh.'.repeat(30_000)],
    ['prefixes', 'sk-1-hf_gsk_xoxb-npm_'.repeat(20_000)],
    ['addresses', 'a://b:'.repeat(60_000)],
    ['mail', 'a.a-'.repeat(60_000)],
    ['fields', 'a-token-'.repeat(40_000)],
  ])('takes linear time on %s', (_, text) => {
    const began = process.cpuUsage();

    redactLikely(text);

    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
