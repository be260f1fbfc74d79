import type { BreakLockInput } from '../locks/activities.ts';
import { isLockName } from '../locks/lock-name.ts';
import type { LockGranted, LockRequest } from '../locks/lock-state.ts';
import { isJsonObject } from '../json.ts';
import { FieldReader, type Parsed } from './reading.ts';

/** Reads the signal `askForLock` of a lock. */
export function parseLockRequest(value: unknown): Parsed<LockRequest> {
  const fields = new FieldReader(value);
  return fields.done({
    requestId: fields.word('requestId'),
    runId: fields.word('runId'),
    callId: fields.word('callId'),
    mode: fields.oneOf('mode', ['exclusive', 'shared']),
    purpose: fields.optionalWord('purpose') ?? '',
  });
}

/** Reads the signal `releaseLock` of a lock. */
export function parseLockRelease(value: unknown): Parsed<{ readonly requestId: string }> {
  const fields = new FieldReader(value);
  return fields.done({ requestId: fields.word('requestId') });
}

/** Reads the signal `lockGranted` of a run. What it says counts only as far as the ledger finds the same. */
export function parseLockGranted(value: unknown): Parsed<LockGranted> {
  const fields = new FieldReader(value);
  const granted = {
    requestId: fields.word('requestId'),
    name: fields.word('name'),
    fence: fields.optionalAmount('fence') ?? 0,
  };
  const parsed = fields.done(granted);
  if (parsed.type === 'ok' && (!isLockName(granted.name) || granted.fence < 1)) {
    return { type: 'refused', reason: 'name and fence must be those of a lock' };
  }
  return parsed;
}

/** Most grants that one order ends. */
const maxBroken = 200;

/** Reads the update `breakLock` of a lock. Whether somebody may give the order is seen in an activity. */
export function parseBreakLock(value: unknown): Parsed<BreakLockInput> {
  const fields = new FieldReader(value);
  const given: unknown = isJsonObject(value) ? value['fences'] : undefined;
  const fences = Array.isArray(given) ? given.filter((each) => isFence(each)) : [];
  const proof = fields.optionalProof();
  const parsed = fields.done({
    fences,
    reason: fields.text('reason'),
    decisionId: fields.word('decisionId'),
    by: fields.word('by'),
    ...(proof === undefined ? {} : { proof }),
  });
  const isList = Array.isArray(given) && given.length === fences.length;
  if (parsed.type === 'ok' && (!isList || fences.length === 0 || fences.length > maxBroken)) {
    return { type: 'refused', reason: `fences must be 1 to ${maxBroken} whole numbers from 1` };
  }
  return parsed;
}

function isFence(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
