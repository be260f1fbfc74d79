import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { auditKinds } from '../../../../domain/audit/audit-record.ts';
import { hashOfRecord } from '../../../../storage/audit/records.ts';
import { hashJson } from '../../../../storage/hashing.ts';

const text = fc.string({ unit: 'binary' });

const record = fc.record({
  seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  tenant: text,
  at: text,
  actor: text,
  kind: fc.constantFrom(...auditKinds),
  runId: text,
  subject: text,
  digest: text,
  decision: fc.option(text, { nil: undefined }),
  prevHash: text,
});

describe('hashOfRecord', () => {
  it('hashes the canonical JSON of every field', () => {
    fc.assert(
      fc.property(record, (any) => {
        expect(hashOfRecord(any)).toBe(hashJson(any));
      }),
    );
  });

  it.each([
    'seq',
    'tenant',
    'at',
    'actor',
    'kind',
    'runId',
    'subject',
    'digest',
    'decision',
    'prevHash',
  ] as const)('covers %s', (field) => {
    fc.assert(
      fc.property(record, record, (one, other) => {
        fc.pre(one[field] !== other[field]);
        expect(hashOfRecord({ ...one, [field]: other[field] })).not.toBe(hashOfRecord(one));
      }),
      { numRuns: 20 },
    );
  });
});
