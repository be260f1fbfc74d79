import { describe, expect, it } from '@jest/globals';

import { callWriter, type CallRecord } from '../../../../domain/audit/call-audit.ts';

const call: CallRecord = {
  callId: 'run/default/k/main/t1/c0',
  runId: 'run/default/k',
  timestamp: '2026-11-21T10:00:00.000Z',
  toolName: '=shell,"x"',
  argsHash: '-h'.padEnd(43, 'x'),
  resultStatus: 'blocked',
  trustLevel: null,
  durationMs: 0,
  errorCode: 'policy_denied',
};

describe('callWriter', () => {
  it('writes JSON lines that hold every field', () => {
    const { head, line } = callWriter('jsonl');

    expect(head).toBe('');
    expect(JSON.parse(line(call))).toEqual(call);
    expect(line(call).endsWith('}\n')).toBe(true);
  });

  it('writes CSV that no spreadsheet computes, with nothing where nothing is known', () => {
    const { head, line } = callWriter('csv');

    expect(head).toBe(
      'timestamp,toolName,argsHash,resultStatus,trustLevel,durationMs,errorCode,callId,runId\r\n',
    );
    expect(line(call)).toBe(
      `2026-11-21T10:00:00.000Z,"'=shell,""x""",${call.argsHash},blocked,,0,policy_denied,run/default/k/main/t1/c0,run/default/k\r\n`,
    );
  });
});
