import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { HoldfastError } from '../../domain/failures.ts';
import {
  type InstanceRecord,
  instanceRecordSchema,
} from '../../domain/settings/instance-record-schema.ts';
import { homePaths } from './home-paths.ts';
import { errorCode, isProcessAlive, type SendSignal } from './process-identity.ts';

/** What a data folder says about its instance. `stale`: its supervisor is dead, parts of it may live. */
export type InstanceState =
  | { readonly type: 'absent' }
  | { readonly type: 'running'; readonly record: InstanceRecord }
  | { readonly type: 'stale'; readonly record: InstanceRecord }
  | { readonly type: 'corrupt'; readonly path: string; readonly reason: string };

/** Reads the record of a data folder and verifies that its supervisor lives. Never throws for bad content. */
export function readInstance(home: string, sendSignal: SendSignal): InstanceState {
  const path = homePaths(home).instanceRecord;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return { type: 'absent' };
    throw unreadable(path, error);
  }
  const record = parseRecord(text);
  if (record === undefined) {
    return { type: 'corrupt', path, reason: 'it is not an instance record of this version' };
  }
  return { type: isProcessAlive(record.supervisor, sendSignal) ? 'running' : 'stale', record };
}

/** Writes the record whole (mode 0600, by rename), so that readers see the old one or the new one. */
export function writeInstance(home: string, record: InstanceRecord): void {
  const path = homePaths(home).instanceRecord;
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Removes the record; nothing happens when there is none. */
export function removeInstance(home: string): void {
  rmSync(homePaths(home).instanceRecord, { force: true });
}

function parseRecord(text: string): InstanceRecord | undefined {
  try {
    const parsed = instanceRecordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function unreadable(path: string, cause: unknown): HoldfastError {
  return new HoldfastError('permission_denied', `the instance record ${path} cannot be read`, {
    suggestion: 'run the command as the user who started the instance',
    cause,
  });
}
