import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { z } from 'zod';

import { HoldfastError } from '../../domain/failures.ts';
import { makeFolder } from '../home/make-folder.ts';
import { errorCode } from '../home/process-identity.ts';

/**
 * Reads a JSON file that only its owner may read; undefined when there is none.
 * @throws {HoldfastError} permission_denied when others can read it or we cannot; invalid_argument when it is damaged.
 */
export function readPrivateFile<Value>(file: string, schema: z.ZodType<Value>): Value | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  // SAFETY: with the keys and the store anybody has every secret in it.
  if ((stats.mode & 0o077) !== 0) {
    throw new HoldfastError('permission_denied', `others can read ${file}`, {
      suggestion: `chmod 600 ${file}, and replace the secrets in it if somebody may have read it`,
    });
  }
  const parsed = schema.safeParse(parsedJson(textOf(file)));
  if (parsed.success) return parsed.data;
  throw new HoldfastError('invalid_argument', `${file} is damaged`, {
    suggestion: 'put it back from a backup of the data folder, together with the files beside it',
  });
}

/** Writes a JSON file as a whole or not at all, for its owner only. */
export function writePrivateFile(file: string, value: unknown): void {
  makeFolder(dirname(file), 0o700);
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Runs a change of a file while nobody else changes it.
 * @throws {HoldfastError} conflict when another process is changing it.
 */
export function whileLocked<Result>(file: string, change: () => Result): Result {
  const lock = `${file}.lock`;
  makeFolder(dirname(lock), 0o700);
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  // A change takes milliseconds: an old lock was left by a process that died.
  if (age > abandonedMs) rmSync(lock, { force: true });
  try {
    writeFileSync(lock, '', { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
    throw new HoldfastError('conflict', 'another process is changing the store of secrets', {
      suggestion: 'try it again in a moment',
      cause,
    });
  }
  try {
    return change();
  } finally {
    rmSync(lock, { force: true });
  }
}

const abandonedMs = 30_000;

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HoldfastError('permission_denied', `${file} cannot be read`, {
      suggestion: 'use it as the user who set the installation up',
      cause,
    });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
