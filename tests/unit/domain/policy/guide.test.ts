import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { policyProfileSchema } from '../../../../domain/policy/profile-schema.ts';
import { evaluateShell, manifest } from '../../activities/commands/shell-cases.ts';

const guide = readFileSync(new URL('../../../../docs/guides/policy.md', import.meta.url), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(guide)?.[1] ?? '';

describe('the policy guide', () => {
  const profile = policyProfileSchema.parse(parse(block('yaml')));
  const files = {
    'package.json': manifest({ test: 'jest', build: 'tsc', deploy: 'tsc', lint: 'oxlint' }),
  };
  const rows = block('verdicts')
    .split('\n')
    .map((line): [string, string] => [line.slice(6), line.slice(0, 6).trim()]);

  it.each(rows)('tells the truth on %s', async (command, expected) => {
    const { verdict } = await evaluateShell(command, profile, files);

    expect(verdict).toBe(expected);
  });

  it('has examples', () => {
    expect(rows.length).toBeGreaterThan(15);
  });
});
