import { randomBytes } from 'node:crypto';

import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common';

import { fieldErrorsOf, inWords } from '../../../domain/settings/field-errors.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { isJson, isJsonObject } from '../../../domain/json.ts';
import { plainKeyPattern, runIdOf } from '../../../domain/run/ids.ts';
import { maxRequestBytes, type RunRequest } from '../../../domain/run/run-request.ts';
import { nameSchema, runRequestSchema } from '../../../domain/run/run-request-schema.ts';
import type { RunInput } from '../../../domain/run/run-input.ts';
import { defaultSpecialist } from '../../../domain/specialists/built-in.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { hashJson, plainKey } from '../../../storage/hashing.ts';
import { readRun } from '../../../storage/readers.ts';
import type { runWorkflow } from '../../../workflows/run/run-workflow.ts';
import type { StartedRun, StartRun } from '../../runs-client.ts';
import type { LocalConnection } from '../local-connection.ts';
import { speakerOf } from './sign-messages.ts';
import { isNamed, translated } from '../translate-error.ts';

/** Starts a run, or finds the one that the same key and request started before. */
export async function startRun(
  connection: LocalConnection,
  { request: asked, project = 'default', key: given }: StartRun,
): Promise<StartedRun> {
  const { db, tenant, taskQueue } = connection;
  const request = validated(asked, project);
  const typed = given ?? newKey(Date.now());
  const key = plainKey(typed, plainKeyPattern);
  const runId = runIdOf(tenant, key);
  const run = { runId, key, ...(typed === key ? {} : { givenKey: typed }) };
  const digest = digestOf(project, request);
  const known = await translated('the run', async () => readRun(db, tenant, runId));
  if (known !== undefined) return existing(run, digestOf(known.project, known.request) === digest);
  const input = await signedInput(connection, { runId, project, request });
  const title = previewOf(request.prompt ?? 'structured request');
  const temporal = await connection.temporal();
  try {
    await temporal.workflow.start<typeof runWorkflow>('runWorkflow', {
      workflowId: runId,
      taskQueue,
      args: [input],
      memo: { requestDigest: digest },
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      // A second attempt of a whole run would repeat its effects.
      retry: { maximumAttempts: 1 },
      staticSummary: title,
      staticDetails: detailsOf(request, input.requestedBy.name),
      typedSearchAttributes: searchable(runId, input),
    });
    return { ...run, existing: false };
  } catch (error) {
    if (!isNamed(error, 'WorkflowExecutionAlreadyStartedError')) {
      return translated('the run', () => Promise.reject(error));
    }
    const { memo } = await temporal.workflow.getHandle(runId).describe();
    return existing(run, memo?.['requestDigest'] === digest);
  }
}

async function signedInput(
  connection: LocalConnection,
  { runId, ...asked }: Pick<RunInput, 'project' | 'request'> & { readonly runId: string },
): Promise<RunInput> {
  const { name, sign } = await translated('the register of people', async () =>
    speakerOf(connection),
  );
  const input = {
    tenant: connection.tenant,
    requestedBy: { name, kind: 'person' as const },
    ...asked,
  };
  if (sign === undefined) return input;
  const content: unknown = JSON.parse(JSON.stringify(input));
  if (!isJsonObject(content) || !isJson(content, 64)) return input;
  return { ...input, proof: sign({ message: 'start', runId, input: content }) };
}

/** The same key means the same run only for the same request in the same project. */
function digestOf(project: string, request: unknown): string {
  return hashJson({ project, request });
}

function validated(asked: Partial<RunRequest>, project: string): RunRequest {
  if (!nameSchema.safeParse(project).success) {
    throw new HoldfastError('invalid_argument', `"${project}" is no name for a project`, {
      suggestion: 'use letters, digits, dots, dashes and underscores, at most 64',
      fieldErrors: [{ field: 'project', constraint: 'must be a name' }],
    });
  }
  const parsed = runRequestSchema.safeParse(asked);
  if (!parsed.success) {
    const fieldErrors = fieldErrorsOf(parsed.error, asked);
    throw new HoldfastError(
      'invalid_argument',
      `the request does not fit: ${inWords(fieldErrors)}`,
      {
        fieldErrors,
      },
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(parsed.data));
  if (bytes > maxRequestBytes) {
    throw new HoldfastError(
      'payload_too_large',
      `the request has ${bytes} bytes; at most ${maxRequestBytes} are allowed`,
      { suggestion: 'put long text into a file of the workspace and name it in the prompt' },
    );
  }
  return parsed.data;
}

function existing(run: Omit<StartedRun, 'existing'>, isSame: boolean): StartedRun {
  if (isSame) return { ...run, existing: true };
  throw new HoldfastError(
    'idempotency_conflict',
    `the key "${run.givenKey ?? run.key}" was used for another request`,
    { suggestion: 'use another key, or repeat the first request unchanged' },
  );
}

function detailsOf(request: RunRequest, user: string): string {
  const lines = [
    `asked by ${user}`,
    `policy ${request.policy}`,
    ...(request.workspace === undefined ? [] : [`a copy of ${request.workspace}`]),
  ];
  return lines.join('\n\n');
}

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

function searchable(runId: string, { tenant, project, request }: RunInput): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: keyword('HoldfastTenant'), value: tenant },
    { key: keyword('HoldfastProject'), value: project },
    { key: keyword('HoldfastStatus'), value: 'queued' },
    { key: keyword('HoldfastSpecialist'), value: request.specialist ?? defaultSpecialist },
    { key: keyword('HoldfastPolicy'), value: request.policy },
    // What this run starts has the same root, so that all of it is found at once.
    { key: keyword('HoldfastRoot'), value: runId },
  ]);
}

/** Crockford's base 32, lower case: what ULIDs are written in. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes a key that sorts by time: a ULID (48 bits of milliseconds, 80 random bits), lower case. */
function newKey(nowMs: number): string {
  const time = Array.from({ length: 10 }, (_, index) => {
    const digit = Math.floor(nowMs / 32 ** (9 - index)) % 32;
    return alphabet[digit] ?? '0';
  });
  const random = [...randomBytes(16)].map((byte) => alphabet[byte % 32] ?? '0');
  return [...time, ...random].join('');
}
