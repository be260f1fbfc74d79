import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { isJsonObject } from '../../../domain/json.ts';
import { policyCasesSchema } from '../../../domain/policy/policy-cases-schema.ts';
import { policyProfileSchema } from '../../../domain/policy/profile-schema.ts';
import { parseSettings, settingsSchema } from '../../../domain/settings/settings-schema.ts';
import { blocksOf, readPages, root } from './pages.ts';

const blocks = readPages().flatMap(({ path, text }) =>
  blocksOf(text, 'yaml').map((block, index) => ({ name: `${path} (${index + 1})`, block })),
);

describe('yaml of the documentation', () => {
  it.each(blocks)('$name is settings, a policy or its cases, and accepted', ({ block }) => {
    const value: unknown = parse(block);

    expect(schemaOf(value).safeParse(value).error).toBeUndefined();
  });
});

function schemaOf(value: unknown) {
  if (isJsonObject(value) && 'rules' in value) return policyProfileSchema;
  return isJsonObject(value) && 'cases' in value ? policyCasesSchema : settingsSchema;
}

describe('infra/examples/holdfast.yaml', () => {
  const value: unknown = parse(readFileSync(`${root}infra/examples/holdfast.yaml`, 'utf8'));

  it('is accepted', () => {
    expect(parseSettings(value)).toMatchObject({ type: 'ok' });
  });

  it('shows every setting that has an effect', () => {
    // Limits come from policy profiles; nothing reads these.
    const settings = Object.keys(settingsSchema.shape).filter((name) => name !== 'limits');

    expect(Object.keys(isJsonObject(value) ? value : {}).toSorted()).toEqual(settings.toSorted());
  });
});
