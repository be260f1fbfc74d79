import { describe, expect, it } from '@jest/globals';

import { judgeWithTrust } from '../../../../domain/policy/judge-with-trust.ts';
import { presets } from '../../../../domain/policy/presets.ts';
import type { Access } from '../../../../domain/tools/access.ts';
import {
  isToolSource,
  judgeTrust,
  trustOf,
  type TrustLevel,
} from '../../../../domain/tools/tool-trust.ts';

const profile = presets.get('headless-permissive-sandbox');

function verdict(level: TrustLevel, access: Access) {
  if (profile === undefined) throw new Error('the preset is gone');
  const facts = { access, commands: [], paths: [], hosts: [], unresolved: [] };
  const grant = { grantId: 'g1', tool: 'lookup', pattern: '*', grantedBy: 'ada' };
  return judgeWithTrust(
    {
      tool: 'lookup',
      facts,
      scopes: [{ scope: 'run', profile, policy: 'p' }],
      grants: [grant],
    },
    { source: 'mcp:tickets', level, access },
  );
}

describe('judgeWithTrust', () => {
  it.each([
    ['UNTRUSTED', 'read', 'ask', 'trust/untrusted'],
    ['UNTRUSTED', 'wait', 'ask', 'trust/untrusted'],
    ['UNTRUSTED', 'change', 'deny', 'trust/untrusted'],
    ['UNTRUSTED', 'destructive', 'deny', 'trust/untrusted'],
  ] as const)('says of an %s source on %s: %s', (level, access, type, rule) => {
    expect(verdict(level, access)).toMatchObject({ type, rule });
  });

  it.each(['VERIFIED', 'TRUSTED'] as const)('leaves a %s source to policy', (level) => {
    expect(verdict(level, 'read')).toMatchObject({ type: 'allow' });
    expect(verdict(level, 'read').rule).not.toBe('trust/untrusted');
  });
});

describe('trustOf', () => {
  it('trusts what is built in and nothing else, unless people set it', () => {
    const settings = new Map<string, TrustLevel>([
      ['mcp:tickets', 'VERIFIED'],
      ['built-in', 'UNTRUSTED'],
    ]);

    expect(trustOf('built-in', new Map())).toBe('TRUSTED');
    expect(trustOf('mcp:tickets', new Map())).toBe('UNTRUSTED');
    expect(trustOf('mcp:tickets', settings)).toBe('VERIFIED');
    expect(trustOf('built-in', settings)).toBe('UNTRUSTED');
    expect(judgeTrust('VERIFIED', 'destructive')).toBe('policy');
  });

  it.each([
    ['built-in', true],
    ['mcp:tickets', true],
    ['plugin:a.b-c', true],
    ['mcp:', false],
    ['mcp:a b', false],
    ['planet:mars', false],
    ['', false],
  ])('knows whether %j is a source: %s', (text, is) => {
    expect(isToolSource(text)).toBe(is);
  });
});
