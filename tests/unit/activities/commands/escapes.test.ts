import { describe, expect, it } from '@jest/globals';
import {
  headlessPermissiveSandbox,
  trustedMountAutonomous,
} from '../../../../domain/policy/presets.ts';
import { askedTexts } from './asked-texts.ts';
import { deniedTexts } from './denied-texts.ts';
import { honestTexts } from './honest-texts.ts';
import { evaluateShell } from './shell-cases.ts';

const rows = (texts: { readonly [technique: string]: readonly string[] }): [string, string][] =>
  Object.entries(texts).flatMap(([technique, list]) =>
    list.map((text): [string, string] => [technique, text]),
  );

describe('a forbidden command in a wrapping', () => {
  it.each(rows(deniedTexts))('is denied: %s: %j', async (_technique, text) => {
    const { verdict } = await evaluateShell(text, headlessPermissiveSandbox);

    expect(verdict).toBe('deny');
  });

  it.each(rows(askedTexts))(
    'is asked for when it cannot be seen: %s: %j',
    async (_technique, text) => {
      const { verdict, why } = await evaluateShell(text, headlessPermissiveSandbox);

      expect(verdict).toBe('ask');
      expect(why.join('\n')).toContain('not resolved');
    },
  );
});

describe('an honest command', () => {
  it.each(honestTexts)('is not stopped: %j', async (text) => {
    const permissive = await evaluateShell(text, headlessPermissiveSandbox);
    const trusted = await evaluateShell(text, trustedMountAutonomous);

    expect(permissive).toMatchObject({ verdict: 'allow' });
    expect(trusted).toMatchObject({ verdict: 'allow' });
  });
});
