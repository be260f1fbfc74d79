import type { Hash, Json } from '../../domain/json.ts';
import type { PolicyVerdict } from '../../domain/policy/verdict.ts';
import type { Access } from '../../domain/tools/access.ts';
import type { CallFacts } from '../../domain/tools/facts.ts';
import type { TrustLevel } from '../../domain/tools/tool-trust.ts';
import {
  policyVersions,
  type PolicyNames,
  type PolicyVersion,
} from '../definitions/current-policies.ts';
import type { Executor } from '../postgres/database.ts';

/** Everything about a prepared call; the workflow holds only the small part of it. */
export interface StoredCall {
  readonly callId: string;
  readonly digest: string;
  readonly tenant: string;
  readonly runId: string;
  readonly tool: string;
  readonly access: Access;
  readonly arguments: Json;
  readonly facts: CallFacts | null;
  readonly preconditions: Json;
  readonly verdict: PolicyVerdict;
  readonly why: readonly string[];
  readonly preview: string;
  readonly detail: string;
  /** The decision that changed the arguments, when a person did. */
  readonly decisionId: string | null;
  /** Hash of the arguments as that person gave them; absent where none did. */
  readonly given?: Hash | undefined;
  /** How far the source of the tool is trusted; absent where the call did not get as far as being judged. */
  readonly trust?: TrustLevel | undefined;
}

/** Stores prepared calls; the same call with the same digest is stored once. Returns whether one of them is new. */
export async function putCalls(db: Executor, calls: readonly StoredCall[]): Promise<boolean> {
  if (calls.length === 0) return false;
  const rows = await db
    .insertInto('prepared_calls')
    .values(
      calls.map((call) => ({
        call_id: call.callId,
        digest: call.digest,
        tenant: call.tenant,
        run_id: call.runId,
        tool: call.tool,
        access: call.access,
        arguments: JSON.stringify(call.arguments),
        facts: JSON.stringify(call.facts),
        preconditions: JSON.stringify(call.preconditions),
        verdict: JSON.stringify(call.verdict),
        why: JSON.stringify(call.why),
        preview: call.preview,
        detail: call.detail,
        decision_id: call.decisionId,
        given: call.given ?? null,
        trust: call.trust ?? null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['call_id', 'digest']).doNothing())
    .returning('call_id')
    .execute();
  return rows.length > 0;
}

/** Stores a call with arguments that a person gave; also when they come to the very call that is there already. */
export async function putGivenCall(db: Executor, call: StoredCall): Promise<void> {
  if (await putCalls(db, [call])) return;
  await db
    .updateTable('prepared_calls')
    .set({ decision_id: call.decisionId, given: call.given ?? null })
    .where('call_id', '=', call.callId)
    .where('digest', '=', call.digest)
    .where('given', 'is', null)
    .execute();
}

/** One prepared call by its position and digest. */
export async function getCall(
  db: Executor,
  callId: string,
  digest: string,
): Promise<StoredCall | undefined> {
  const [call] = await getCalls(db, [{ callId, digest }]);
  return call;
}

/** A prepared call, and whether something has become of it already. */
export interface TracedCall {
  readonly call: StoredCall;
  /** The ledger has a row at its position. */
  readonly hasEffect: boolean;
  /** An outcome is stored at its position. */
  readonly hasOutcome: boolean;
  /** The policies that were asked for, as they stand now. */
  readonly policies: readonly PolicyVersion[];
}

/** One prepared call by its position and digest, with a look at what has become of it and of some policies. */
export async function getTracedCall(
  db: Executor,
  { callId, digest }: { readonly callId: string; readonly digest: string },
  policies: PolicyNames,
): Promise<TracedCall | undefined> {
  const row = await db
    .selectFrom('prepared_calls')
    .selectAll()
    .select((eb) => [
      eb
        .exists(eb.selectFrom('effects').select('call_id').where('call_id', '=', callId))
        .as('has_effect'),
      eb
        .exists(eb.selectFrom('call_outcomes').select('call_id').where('call_id', '=', callId))
        .as('has_outcome'),
      policyVersions(policies).as('policies'),
    ])
    .where('call_id', '=', callId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row === undefined
    ? undefined
    : {
        call: asCall(row),
        hasEffect: row.has_effect === true,
        hasOutcome: row.has_outcome === true,
        policies: row.policies,
      };
}

/** Several prepared calls, in the order asked for; missing ones are left out. */
export async function getCalls(
  db: Executor,
  keys: readonly { readonly callId: string; readonly digest: string }[],
): Promise<readonly StoredCall[]> {
  if (keys.length === 0) return [];
  const rows = await db
    .selectFrom('prepared_calls')
    .selectAll()
    .where((eb) => eb.or(keys.map(({ callId, digest }) => eb.and({ call_id: callId, digest }))))
    .execute();
  const found = new Map(rows.map((row) => [`${row.call_id} ${row.digest}`, asCall(row)]));
  return keys.flatMap(({ callId, digest }) => found.get(`${callId} ${digest}`) ?? []);
}

/** The newest version of a call, whatever its digest. */
export async function newestCall(db: Executor, callId: string): Promise<StoredCall | undefined> {
  const row = await db
    .selectFrom('prepared_calls')
    .selectAll()
    .where('call_id', '=', callId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : asCall(row);
}

/** The version of a call that was prepared last before one of a digest; undefined when that one is the first. */
export async function callBefore(
  db: Executor,
  callId: string,
  digest: string,
): Promise<StoredCall | undefined> {
  const row = await db
    .selectFrom('prepared_calls')
    .selectAll()
    .where('call_id', '=', callId)
    .where('digest', '<>', digest)
    .where('created_at', '<=', (eb) =>
      eb
        .selectFrom('prepared_calls')
        .select('created_at')
        .where('call_id', '=', callId)
        .where('digest', '=', digest),
    )
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : asCall(row);
}

interface CallRow {
  readonly call_id: string;
  readonly digest: string;
  readonly tenant: string;
  readonly run_id: string;
  readonly tool: string;
  readonly access: string;
  readonly arguments: unknown;
  readonly facts: unknown;
  readonly preconditions: unknown;
  readonly verdict: unknown;
  readonly why: unknown;
  readonly preview: string;
  readonly detail: string;
  readonly decision_id: string | null;
  readonly trust: string | null;
  readonly given: string | null;
}

function asCall(row: CallRow): StoredCall {
  return {
    callId: row.call_id,
    digest: row.digest,
    tenant: row.tenant,
    runId: row.run_id,
    tool: row.tool,
    // These columns are written by putCalls only.
    access: row.access as Access,
    arguments: row.arguments as Json,
    facts: row.facts as CallFacts | null,
    preconditions: row.preconditions as Json,
    verdict: row.verdict as PolicyVerdict,
    why: row.why as readonly string[],
    preview: row.preview,
    detail: row.detail,
    decisionId: row.decision_id,
    ...(row.given === null ? {} : { given: row.given }),
    ...(row.trust === null ? {} : { trust: row.trust as TrustLevel }),
  };
}
