import { describe, expect, it } from '@jest/globals';

import type { AuditRecord } from '../../../../domain/audit/audit-record.ts';
import { lineWriter } from '../../../../domain/audit/export-lines.ts';

const hash = '-h'.padEnd(43, 'x');

function record(overrides: Partial<AuditRecord> = {}): AuditRecord {
  return {
    seq: 7,
    tenant: 'default',
    at: '2026-11-21T10:00:00.000Z',
    actor: 'maria via cli',
    kind: 'approval.decided',
    runId: 'run/default/k',
    subject: 'approval run/default/k/main/t1/c0/a1',
    digest: 'd',
    decision: 'approved',
    prevHash: hash,
    hash,
    ...overrides,
  };
}

const checkpoint = {
  tenant: 'default',
  seq: 7,
  hash,
  at: '2026-11-21T10:00:01.000Z',
  keyId: 'k',
  signature: 's'.repeat(86),
};

describe('lineWriter', () => {
  it('writes JSON lines that hold every field of a record', () => {
    const line = lineWriter('jsonl', '1.0.0').record(record());

    expect(JSON.parse(line)).toEqual({ type: 'record', ...record() });
    expect(line.endsWith('}\n')).toBe(true);
  });

  it('quotes in CSV what would break a line, and disarms what a spreadsheet computes', () => {
    const writer = lineWriter('csv', '1.0.0');
    const actor = '=cmd|"x",y';

    const [, , , , ...cells] = writer.record(record({ actor })).split(',');

    expect(cells.join(',')).toContain(`"'=cmd|""x"",y"`);
    // A hash may begin with a dash and is no formula.
    expect(writer.record(record())).toContain(`,${hash},${hash},`);
    expect(writer.head.split(',')).toHaveLength(14);
    expect(writer.checkpoint(checkpoint).split(',')).toHaveLength(14);
  });

  it.each([
    ['subject', 'a=b\\c\nd', String.raw`cs3=a\=b\\c\nd`],
    ['actor', 'x|y', 'suser=x|y'],
  ])('escapes the extension of CEF in %s', (field, value, written) => {
    const line = lineWriter('cef', '1.0.0').record(record({ [field]: value }));

    expect(line).toContain(written);
    expect(line.trimEnd()).not.toContain('\n');
  });

  it('escapes the header of CEF and gives each kind its severity', () => {
    const writer = lineWriter('cef', '1|0');

    expect(writer.record(record({ decision: 'a|b' }))).toMatch(
      /^CEF:0\|Holdfast\|holdfast\|1\\\|0\|approval\.decided\|approval\.decided a\\\|b\|2\|rt=1795255200000 /,
    );
    expect(writer.record(record({ kind: 'security.event', decision: 'path_escape' }))).toContain(
      '|security.event path_escape|8|',
    );
    expect(writer.checkpoint(checkpoint)).toContain('|audit.checkpoint|');
  });
});
