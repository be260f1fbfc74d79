import type { KeyObject } from 'node:crypto';

import {
  firstPrevHash,
  type AuditCheckpoint,
  type AuditRecord,
} from '../../domain/audit/audit-record.ts';
import type { Database, Executor } from '../postgres/database.ts';
import { isSignedBy } from './checkpoints.ts';
import { hashAtCut, isErasureTrue } from './erasures.ts';
import { readChain, readCheckpoints, readHeadSeq } from './read-audit.ts';
import { hashOfRecord } from './records.ts';

/** One place where a chain is not what it was. */
export interface ChainFault {
  readonly seq: number;
  /**
   * `changed`: its hash does not fit; `unlinked`: it does not follow the record before it; `missing`: no such record;
   * `unsigned`: it stands behind the last checkpoint; `forged`: a checkpoint is not signed by the key, or names another hash.
   */
  readonly fault: 'changed' | 'unlinked' | 'missing' | 'unsigned' | 'forged';
  readonly message: string;
}

/** What was found in a chain. */
export interface ChainReport {
  readonly isIntact: boolean;
  readonly from: number;
  /** Number of the last record; `from - 1` when there is none. */
  readonly to: number;
  readonly records: number;
  readonly checkpoints: number;
  /** Hash of the last record; null when there is none. */
  readonly head: string | null;
  /** In the order of the chain; at most 100. */
  readonly faults: readonly ChainFault[];
}

/** What a chain is held against. */
export interface ChainEvidence {
  /** The key that signs checkpoints; undefined: there is none, and every checkpoint is refused. */
  readonly publicKey: KeyObject | undefined;
  /** The newest checkpoint as it is kept outside of the database. */
  readonly kept: AuditCheckpoint | undefined;
}

/** More faults than these tell nothing new. */
const maxFaults = 100;

/** Looks at every record of a chain from a number on, and finds what was changed, removed, put in or cut off. */
export async function verifyChain(
  db: Database,
  tenant: string,
  { from, evidence }: { readonly from: number; readonly evidence: ChainEvidence },
): Promise<ChainReport> {
  // One snapshot: what is written meanwhile is no fault.
  const transaction = db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only');
  return transaction.execute(async (tx) => {
    const stored = await readCheckpoints(tx, tenant, from);
    const outside = evidence.kept === undefined || evidence.kept.seq < from ? [] : [evidence.kept];
    const start = await startOf(tx, tenant, from);
    const walk = new ChainWalk({ ...start, checkpoints: [...stored, ...outside] }, evidence);
    for await (const page of readChain(tx, tenant, from))
      for (const record of page) walk.take(record);
    for (const [erasure, seq] of walk.erasures) {
      if (!(await isErasureTrue(tx, tenant, erasure))) walk.untold(erasure, seq);
    }
    walk.end(await readHeadSeq(tx, tenant));
    const { last, faults, checkpoints } = walk;
    return {
      isIntact: faults.length === 0,
      from,
      to: last?.seq ?? from - 1,
      records: walk.records,
      checkpoints,
      head: last?.hash ?? null,
      faults: faults.slice(0, maxFaults),
    };
  });
}

/**
 * Where a chain begins: at the number that was asked for, or behind its beginning, where that was cut off and the chain
 * says so.
 */
async function startOf(
  db: Executor,
  tenant: string,
  from: number,
): Promise<Pick<WalkStart, 'from' | 'before'>> {
  const { first } = await db
    .selectFrom('audit')
    .select((eb) => eb.fn.min('seq').as('first'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  const seq = Math.max(from, Number(first ?? 1));
  if (first !== null && seq === Number(first) && seq > 1) {
    const before = await hashAtCut(db, tenant, seq - 1);
    if (before !== undefined) return { from: seq, before };
  }
  return { from, before: from === 1 ? firstPrevHash : await hashAt(db, tenant, from - 1) };
}

async function hashAt(db: Executor, tenant: string, seq: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('audit')
    .select('hash')
    .where('tenant', '=', tenant)
    .where('seq', '=', String(seq))
    .executeTakeFirst();
  return row?.hash;
}

interface WalkStart {
  readonly from: number;
  /** Hash that the first record has to name; undefined when it is not known. */
  readonly before: string | undefined;
  readonly checkpoints: readonly AuditCheckpoint[];
}

/** Goes along a chain, record by record. */
class ChainWalk {
  readonly faults: ChainFault[] = [];
  records = 0;
  last: AuditRecord | undefined;
  /** Erasures that took something out of the records, with the first record of each. */
  readonly erasures = new Map<string, number>();
  readonly #evidence: ChainEvidence;
  readonly #checkpoints = new Map<number, AuditCheckpoint[]>();
  readonly #known = new Set<string>();
  #expected: number;
  #before: string | undefined;
  /** Number of the newest record that a checkpoint names. */
  readonly #signedTo: number;

  constructor({ from, before, checkpoints }: WalkStart, evidence: ChainEvidence) {
    this.#evidence = evidence;
    this.#expected = from;
    this.#before = before;
    this.#signedTo = checkpoints.reduce((most, { seq }) => Math.max(most, seq), from - 1);
    for (const checkpoint of checkpoints) {
      const known = this.#checkpoints.get(checkpoint.seq) ?? [];
      this.#checkpoints.set(checkpoint.seq, [...known, checkpoint]);
    }
  }

  /** Checkpoints that were looked at. */
  get checkpoints(): number {
    return this.#checkpoints.size;
  }

  take(record: AuditRecord): void {
    const { seq } = record;
    if (seq > this.#expected) this.#missing(seq - 1);
    const { hash, erasure, ...content } = record;
    if (erasure !== undefined) {
      // Its hash is that of what it was: the chain goes on through it, and the erasure says what it is now.
      if (!this.erasures.has(erasure)) this.erasures.set(erasure, seq);
      if (this.#before !== undefined && record.prevHash !== this.#before) this.#unlinked(seq);
    } else if (hashOfRecord(content) !== hash) {
      this.#add(seq, 'changed', `record ${seq} was changed: its hash does not fit its contents`);
    } else if (this.#before !== undefined && record.prevHash !== this.#before) {
      this.#unlinked(seq);
    }
    for (const checkpoint of this.#checkpoints.get(seq) ?? []) this.#hold(checkpoint, record);
    this.records += 1;
    this.last = record;
    this.#before = hash;
    this.#expected = seq + 1;
  }

  end(headSeq: number): void {
    const last = this.#expected - 1;
    const beyond = [...this.#checkpoints.keys()].filter((seq) => seq > last);
    for (const seq of beyond) this.#verify(seq);
    const shouldReach = beyond.reduce((most, seq) => Math.max(most, seq), headSeq);
    if (shouldReach > last) this.#missing(shouldReach);
    // Each batch is signed in its own transaction: what stands behind the last signature came another way.
    if (last > this.#signedTo) {
      const first = this.#signedTo + 1;
      this.#add(first, 'unsigned', `no checkpoint covers the records from ${first} on`);
    }
    this.faults.sort((a, b) => a.seq - b.seq);
  }

  /** A record says that something was taken out of it, and the chain does not, or something else. */
  untold(erasure: string, seq: number): void {
    const message = `records from ${seq} on are not as the erasure ${erasure} left them`;
    this.#add(seq, 'changed', message);
  }

  #unlinked(seq: number): void {
    this.#add(seq, 'unlinked', `record ${seq} does not follow the record before it`);
  }

  #missing(to: number): void {
    const from = this.#expected;
    const which = from === to ? `record ${from} is` : `records ${from} to ${to} are`;
    this.#add(from, 'missing', `${which} missing`);
    this.#before = undefined;
  }

  #hold(checkpoint: AuditCheckpoint, { seq, hash }: AuditRecord): void {
    if (!this.#verify(seq)) return;
    if (checkpoint.hash === hash) return;
    const message = `record ${seq} is not the one that its checkpoint signs: it or one before it was made anew`;
    this.#add(seq, 'forged', message);
  }

  #verify(seq: number): boolean {
    const { publicKey } = this.#evidence;
    const checkpoints = this.#checkpoints.get(seq) ?? [];
    const isSigned =
      publicKey !== undefined &&
      checkpoints.every((checkpoint) => isSignedBy(publicKey, checkpoint));
    if (!isSigned) {
      this.#add(
        seq,
        'forged',
        `the checkpoint at record ${seq} is not signed by the key of this installation`,
      );
    }
    return isSigned;
  }

  #add(seq: number, fault: ChainFault['fault'], message: string): void {
    // The checkpoint outside of the database is often the same as the last one inside.
    if (this.#known.has(`${seq} ${fault}`)) return;
    this.#known.add(`${seq} ${fault}`);
    this.faults.push({ seq, fault, message });
  }
}
