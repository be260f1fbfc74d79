import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { evaluatePolicy } from '../../../../activities/commands/inspect.ts';
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

  it('tells the truth on a denial by the organisation', async () => {
    const [, , organisation = ''] =
      /## Several policies[^]*?```(yaml)\n([^]*?)\n```/.exec(guide) ?? [];
    const [, answer = ''] = /```text\n(deny by organisation[^]*?)\n```/.exec(guide) ?? [];
    const wide = policyProfileSchema.parse(parse(organisation));

    const { verdict, rule, why } = await evaluatePolicy(
      { tool: 'shell', arguments: { command: 'git push' } },
      {
        profiles: [
          { scope: 'organisation', profile: wide, policy: 'organisation' },
          { scope: 'run', profile, policy: 'run' },
        ],
      },
    );

    const lines = [`${verdict} by ${rule}`, 'why:', ...why.map((line) => `  ${line}`)];
    expect(lines.join('\n')).toBe(answer);
  });

  it('has examples', () => {
    expect(rows.length).toBeGreaterThan(15);
  });
});
