import type { z } from 'zod';

import { fieldErrorsOf, inWords } from '../../domain/settings/field-errors.ts';
import { auditFailuresSchema, auditQuerySchema } from '../../domain/audit/audit-query-schema.ts';
import type { CallRecord } from '../../domain/audit/call-audit.ts';
import { callQuerySchema } from '../../domain/audit/call-query-schema.ts';
import { HoldfastError } from '../../domain/failures.ts';
import {
  queryAudit,
  readAllCalls,
  readCallAudit,
  queryFailures,
  readAuditPublicKey,
  readChain,
  readHeadSeq,
  readCheckpoints,
  readKeptCheckpoint,
  readTenantEvents,
  verifyChain,
} from '../../storage/readers.ts';
import type { AuditClient, AuditItem } from '../audit-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { findRun } from './runs/find-id.ts';
import { objectOf } from './runs/run-views.ts';
import { translated } from './translate-error.ts';

/** The audit of a local installation. */
export function auditClient(connection: LocalConnection): AuditClient {
  const { db, tenant, home } = connection;
  return {
    verify: async (from) =>
      translated('the audit', async () => {
        // Before the chain: a checkpoint that is kept meanwhile would be ahead of it.
        const evidence = {
          kept: readKeptCheckpoint(home, tenant),
          publicKey: readAuditPublicKey(home),
        };
        const report = await verifyChain(db, tenant, { from: numbered(from), evidence });
        if (report.records > 0 || !report.isIntact || from === 1) return report;
        throw nothingFrom(from, await readHeadSeq(db, tenant));
      }),
    query: async (given) => {
      const { run: typed, ...query } = fitting(auditQuerySchema, given);
      const page = await translated('the audit', async () => {
        const run = typed === undefined ? undefined : await findRun(connection, typed);
        return queryAudit(db, tenant, { ...query, run });
      });
      return { ...page, limit: query.limit, offset: query.offset };
    },
    failures: async (given) => {
      const query = fitting(auditFailuresSchema, given);
      const page = await translated('the audit', async () => queryFailures(db, tenant, query));
      return { ...page, limit: query.limit, offset: query.offset };
    },
    events: async (limit) => {
      const rows = await translated('the audit', async () => readTenantEvents(db, tenant, limit));
      return rows.map(({ type, at, actor, run_id: runId, data }) => ({
        type,
        at: at.toISOString(),
        actor,
        runId,
        data: objectOf(data),
      }));
    },
    calls: async (given) => {
      const { limit, ...filter } = await callFilter(connection, given);
      return translated('the audit', async () => readCallAudit(db, tenant, { ...filter, limit }));
    },
    exportCalls: (given) => exportedCalls(connection, given),
    export: (from) => exported(connection, numbered(from)),
  };
}

async function callFilter(connection: LocalConnection, given: unknown) {
  const { run: typed, since, ...query } = fitting(callQuerySchema, given);
  const runId =
    typed === undefined
      ? undefined
      : await translated('the run', async () => findRun(connection, typed));
  // A day begins at midnight UTC.
  return {
    ...query,
    runId,
    since: since === undefined ? undefined : new Date(since).toISOString(),
  };
}

async function* exportedCalls(
  connection: LocalConnection,
  given: unknown,
): AsyncGenerator<CallRecord> {
  const { db, tenant } = connection;
  const filter = await callFilter(connection, given);
  for await (const page of readAllCalls(db, tenant, filter)) yield* page;
}

async function* exported({ db, tenant }: LocalConnection, from: number): AsyncGenerator<AuditItem> {
  const checkpoints = await translated('the audit', async () => readCheckpoints(db, tenant, from));
  const signed = new Map(checkpoints.map((checkpoint) => [checkpoint.seq, checkpoint]));
  for await (const page of readChain(db, tenant, from)) {
    for (const record of page) {
      yield { type: 'record', record };
      const checkpoint = signed.get(record.seq);
      if (checkpoint !== undefined) yield { type: 'checkpoint', checkpoint };
    }
  }
}

/** What has no record is not intact: it is not there. */
function nothingFrom(from: number, last: number): HoldfastError {
  return new HoldfastError(
    'not_found',
    `the audit has no record ${from}: its last one is ${last}`,
    { suggestion: 'verify all of it: holdfast audit verify' },
  );
}

function numbered(from: number): number {
  if (Number.isSafeInteger(from) && from >= 1) return from;
  throw new HoldfastError('invalid_argument', 'records are numbered from 1', {
    fieldErrors: [{ field: 'from', constraint: 'write a whole number from 1 on' }],
  });
}

function fitting<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const fieldErrors = fieldErrorsOf(parsed.error, given);
  throw new HoldfastError('invalid_argument', `the query does not fit: ${inWords(fieldErrors)}`, {
    fieldErrors,
  });
}
