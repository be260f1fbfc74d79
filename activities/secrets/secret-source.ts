import { readFile } from 'node:fs/promises';

import { execa } from 'execa';

import type { SecretDeclaration } from '../../domain/secrets/secret-schema.ts';
import { errorCode } from '../workspace/files/open-at.ts';
import { shortestSecret } from '../redaction/secret-forms.ts';

/** A secret as it was found on this machine. */
export type SecretState =
  | { readonly type: 'set'; readonly value: string }
  | { readonly type: 'missing'; readonly why: string };

/** What secrets are read from. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The opened store by name; a text says why it cannot be opened. */
  readonly store: ReadonlyMap<string, string | undefined> | string;
}

/** Longest secret. Characters. */
const longestSecret = 64 * 1024;

/** A program that prints a secret has this long: some ask a server. Milliseconds. */
const commandMs = 20_000;

/** Names the source of a secret, for people. */
export function sourceWords({ env, file, command }: SecretDeclaration): string {
  if (env !== undefined) return `environment ${env}`;
  if (file !== undefined) return `file ${file}`;
  return command === undefined ? 'store' : `command ${command[0] ?? ''}`;
}

/** Reads one secret from where it is declared to be. Never throws, and its words never hold a part of a value. */
export async function readSecret(
  name: string,
  declaration: SecretDeclaration,
  sources: SecretSources,
): Promise<SecretState> {
  const read = await readSource(name, declaration, sources);
  return read.type === 'missing' ? read : judged(read.value);
}

function judged(value: string): SecretState {
  if (value.trim() === '') return missing('it is empty');
  if (value.length < shortestSecret) {
    return missing(
      `it is shorter than ${shortestSecret} characters: no output could be kept free of it`,
    );
  }
  if (value.length > longestSecret) return missing('it is longer than 64 KiB');
  if (value.includes('\0') || value.includes('\uFFFD')) return missing('it is no text');
  return { type: 'set', value };
}

async function readSource(
  name: string,
  { env, file, command }: SecretDeclaration,
  { environment, store }: SecretSources,
): Promise<SecretState> {
  if (env !== undefined) {
    const value = environment[env];
    return value === undefined ? missing(`the variable ${env} is not set`) : found(value);
  }
  if (file !== undefined) return readText(file);
  if (command !== undefined) return runProgram(command, environment);
  if (typeof store === 'string') return missing(store);
  if (!store.has(name)) return missing('the store does not hold it');
  const value = store.get(name);
  return value === undefined
    ? missing('what the store holds was changed, or its key is gone')
    : { type: 'set', value };
}

async function readText(file: string): Promise<SecretState> {
  try {
    return found(await readFile(file, 'utf8'));
  } catch (error) {
    return missing(`${file} cannot be read (${errorCode(error) ?? 'unknown error'})`);
  }
}

/** SAFETY: no shell, no input, and nothing of what it prints is ever told. */
async function runProgram(
  [program = '', ...args]: readonly string[],
  environment: SecretSources['environment'],
): Promise<SecretState> {
  const { exitCode, timedOut, stdout, code, failed } = await execa(program, args, {
    env: { ...environment },
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'ignore',
    timeout: commandMs,
    maxBuffer: longestSecret + 1,
    reject: false,
    stripFinalNewline: false,
    cwd: '/',
  });
  if (!failed) return found(stdout);
  if (timedOut) return missing(`${program} did not end within ${commandMs / 1_000} s`);
  if (exitCode !== undefined) return missing(`${program} ended with exit code ${exitCode}`);
  return missing(`${program} could not be run (${code ?? 'unknown error'})`);
}

/** Editors and programs put a line break at the end, which belongs to no secret. */
function found(text: string): SecretState {
  return { type: 'set', value: text.replace(/\r?\n$/, '') };
}

function missing(why: string): SecretState {
  return { type: 'missing', why };
}
