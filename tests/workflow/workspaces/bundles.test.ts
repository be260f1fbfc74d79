import {
  chmod,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';

import { decodePart } from '../../../activities/workspace/bundles/part-blob.ts';
import {
  takeBundle,
  type BundleContext,
  type TakenBundle,
} from '../../../activities/workspace/bundles/take-bundle.ts';
import type { Workspaces } from '../../../activities/workspace/workspaces.ts';
import { defaultRetention } from '../../../domain/retention/retention.ts';
import type { WorkspaceRef } from '../../../domain/run/run-input.ts';
import { getBlob } from '../../../storage/blobs/blobs.ts';
import { migrateUp } from '../../../storage/migrations/migrate.ts';
import { openDatabase, type Database } from '../../../storage/postgres/database.ts';
import { eraseRuns } from '../../../storage/retention/erase-runs.ts';
import { prune } from '../../../storage/retention/prune.ts';
import { getKept } from '../../../storage/workspaces/bundles.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  createWorkspaceBench,
  putFiles,
  shell,
  type WorkspaceBench,
} from '../tools/workspace-bench.ts';

const runId = 'run/default/bundled';
let server: TestDatabase;
let db: Database;
let bench: WorkspaceBench;
let workspaces: Workspaces;
let ref: WorkspaceRef;
let folder: string;
let context: BundleContext;

beforeAll(async () => {
  server = await startTestDatabase();
  db = openDatabase(server.url);
  await migrateUp(server.url);
});

afterAll(async () => {
  await db.destroy();
  await server.stop();
});

beforeEach(async () => {
  bench = await createWorkspaceBench();
  await putFiles(bench.source, {
    'a.txt': 'zero\n',
    'deep/b.txt': 'b\n',
    '.gitignore': 'ignored\n',
  });
  await shell(bench.source, 'git init -q -b main; git add -A; git commit -qm first');
  workspaces = await onHost('host');
  ref = await workspaces.create(runId, bench.source);
  folder = join(bench.dataFolder, 'workspaces', ref.id);
  const searchPath = process.env['PATH'] ?? '';
  const isRoot = (await stat(folder)).uid === 0;
  const maxBytes = 64 * 1024 ** 2;
  context = { db, programs: { searchPath }, host: 'host', isRoot, exclude: [], maxBytes };
  const pins = JSON.stringify({ workspace: ref });
  await sql`
    insert into runs (run_id, tenant, project, first_execution, status, requested_by, title, specialist, policy,
      request, pins, head)
    values (${runId}, 'default', 'p', 'f', 'running', 'a', 't', 's', 'p', '{}', ${pins}::json, 'h')`.execute(
    db,
  );
});

afterEach(async () => {
  workspaces.close();
  for (const table of [
    'runs',
    'effects',
    'blobs',
    'workspace_bundles',
    'workspace_bundle_blobs',
    'events',
    'workspace_hosts',
  ]) {
    await sql`delete from ${sql.table(table)}`.execute(db);
  }
  await bench.close();
});

const onHost = async (hostName: string, root = 'workspaces'): Promise<Workspaces> => {
  const bundles = { db, enabled: false, exclude: [], maxBytes: 1, warn: () => undefined };
  return bench.again({ hostName, bundles, root: join(bench.dataFolder, root) });
};

/** Something that the ledger says of the workspace. */
async function effect(seq: number, state = 'committed', tool = 'shell'): Promise<void> {
  await sql`
    insert into effects (call_id, tenant, run_id, agent_path, effect_seq, digest, tool, target, state, owner, fence, lease_until, before)
    values (${`${runId}/main/t${seq}/c0`}, 'default', ${runId}, 'main', ${seq}, 'd', ${tool}, '', ${state}, '{}', 1, now(), 'null')`.execute(
    db,
  );
}

const take = async (more: Partial<BundleContext> = {}): Promise<TakenBundle> =>
  takeBundle({ ...context, ...more }, { workspaceId: ref.id, runId, folder }, undefined);

const inTree = (path: string): string => join(folder, 'tree', path);

async function partsOf() {
  const kept = await getKept(db, ref.id);
  const parts = await Promise.all(
    (kept?.parts ?? []).map(
      async (hash) => (await getBlob(db, 'default', hash)) ?? Buffer.alloc(0),
    ),
  );
  return Promise.all(parts.map(async (bytes) => decodePart(bytes)));
}

/** Every entry of the workspace with owner, permissions and time to the millisecond. */
async function listing(): Promise<string> {
  return shell(
    folder,
    String.raw`find tree shadow.git \( -name 'index' -o -name '*.lock' \) -prune -o -printf '%y %m %U %s %l %p\n' | LC_ALL=C sort`,
  );
}

/** What every file of the workspace holds, whatever its name is. */
const sums = async (): Promise<string> =>
  shell(folder, 'find tree shadow.git -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum');

describe('a bundle', () => {
  it('grows by what changed, and gives back names, links, permissions, times and deletions', async () => {
    expect(await take()).toEqual({ type: 'kept' });
    await putFiles(inTree('.'), { 'new\n line': 'odd', ignored: 'i', hidden: 'h', 'run.sh': 's' });
    await shell(inTree('.'), String.raw`printf x > $'caf\xe9'; printf same > a.txt`);
    const { mtime } = await stat(inTree('deep/b.txt'));
    await writeFile(inTree('deep/b.txt'), 'B\n');
    await utimes(inTree('deep/b.txt'), mtime, mtime);
    await chmod(inTree('run.sh'), 0o751);
    await effect(1);
    await take();
    await rename(inTree('deep'), inTree('deeper'));
    await symlink('deeper', inTree('deep'));
    await rm(inTree('ignored'));
    await mkdir(inTree('closed'));
    await writeFile(inTree('closed/in'), 'x');
    await chmod(inTree('closed'), 0o555);
    await effect(2);
    expect(await take()).toEqual({ type: 'kept' });
    expect(await take()).toEqual({ type: 'kept' });
    const before = [await listing(), await sums()];

    await rm(folder, { recursive: true });
    const { root } = await workspaces.open(ref);

    expect([await listing(), await sums()]).toEqual(before);
    expect((await lstat(join(root, 'deeper/b.txt'))).mtimeMs).toBeCloseTo(mtime.getTime(), -1);
    const [base, second, third] = await partsOf();
    expect(base?.entries.length).toBeGreaterThan(30);
    expect(second?.entries.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['tree/caf\u00e9', 'tree/deep/b.txt', 'tree/new\n line']),
    );
    expect(second?.entries.length).toBeLessThan(10);
    expect(third?.gone).toEqual(expect.arrayContaining(['tree/deep/b.txt', 'tree/ignored']));
    // The states of the files are there too, and go on.
    const diff = await workspaces.diff(ref);
    expect(diff.files.map(({ path }) => path)).toContain('deeper/b.txt');
  });

  it('is folded when it has many parts, and pruning takes away what it needs no more', async () => {
    for (let seq = 1; seq <= 18; seq += 1) {
      await writeFile(inTree('a.txt'), `content ${seq}\n`);
      await effect(seq);
      expect(await take()).toEqual({ type: 'kept' });
    }
    expect(await partsOf()).toHaveLength(3);
    const pruning = {
      tenant: 'default',
      retention: defaultRetention,
      nowMs: Date.now(),
      by: 'test',
    };

    const { blobs } = await prune(db, pruning);

    expect(blobs).toBeGreaterThan(13);
    await rm(folder, { recursive: true });
    await workspaces.open(ref);
    expect(await shell(inTree('.'), 'cat a.txt')).toBe('content 18');
    await sql`update runs set ended_at = now()`.execute(db);
  });

  it('is not made while an effect goes on, nor over one that began meanwhile', async () => {
    await effect(1, 'intent');
    expect(await take()).toMatchObject({ type: 'busy' });
    await sql`update effects set state = 'committed'`.execute(db);
    await effect(2, 'intent', 'http_request');
    expect(await take()).toEqual({ type: 'kept' });
    expect(await getKept(db, ref.id)).toMatchObject({ behind: 1 });
  });

  it('leaves out what the settings exclude, and says so when it is restored', async () => {
    await putFiles(inTree('.'), { 'ignored/x/y': 'y', 'a/keep': 'k' });
    await take({ exclude: ['ignored'] });
    await rm(folder, { recursive: true });

    await expect(workspaces.open(ref)).rejects.toMatchObject({
      code: 'workspace_lost',
      message: expect.stringContaining('no bundle holds ignored/'),
      details: { tell: expect.stringContaining('ignored/') },
    });
    expect(await readdir(inTree('.'))).toEqual(expect.arrayContaining(['a', 'a.txt', 'deep']));
    expect(await readdir(inTree('.'))).not.toContain('ignored');
  });

  it('says what is too large', async () => {
    expect(await take({ maxBytes: 10 })).toMatchObject({ type: 'too-large' });
  });

  it('goes with the contents of its run', async () => {
    await take();
    await sql`update runs set ended_at = now()`.execute(db);
    const subject = { kind: 'run', name: runId } as const;

    await eraseRuns(db, { tenant: 'default', subject, by: 'a' }, [runId]);

    const { rows } =
      await sql`select from blobs union all select from workspace_bundles union all select from workspace_bundle_blobs`.execute(
        db,
      );
    expect(rows).toEqual([]);
  });
});

describe('a workspace', () => {
  it('stays lost when a blob of its bundle is gone', async () => {
    await take();
    const [base] = await partsOf();
    await sql`delete from blobs where hash = ${base?.packs[0] ?? ''}`.execute(db);
    await rm(folder, { recursive: true });

    await expect(workspaces.open(ref)).rejects.toMatchObject({
      code: 'workspace_lost',
      message: expect.stringContaining('is gone'),
    });
  });

  it('is taken over from a host that is not seen any more, and an older copy never comes back', async () => {
    await take();
    const other = await onHost('other', 'elsewhere');
    await workspaces.open(ref);
    await expect(other.open(ref)).rejects.toMatchObject({ type: 'Effect.Busy' });
    await sql`update workspace_hosts set seen_at = now() - interval '2 minutes'`.execute(db);

    const taken = await other.open(ref);
    await writeFile(join(taken.root, 'a.txt'), 'made on the other host\n');
    const elsewhere = { workspaceId: ref.id, runId, folder: join(taken.root, '..') };
    await effect(1);
    expect(await take()).toEqual({ type: 'over' });
    expect(await takeBundle({ ...context, host: 'other' }, elsewhere, undefined)).toEqual({
      type: 'kept',
    });
    await sql`update workspace_hosts set seen_at = now() - interval '2 minutes'`.execute(db);
    const first = await onHost('host');
    const { root } = await first.open(ref);

    expect(await shell(root, 'cat a.txt')).toBe('made on the other host');
    expect((await getKept(db, ref.id))?.host).toBe('host');
    other.close();
    first.close();
  });

  it('is found again by a host that has another name now', async () => {
    await take();
    await writeFile(inTree('a.txt'), 'in no bundle\n');
    await sql`update workspace_hosts set seen_at = now() - interval '2 minutes'`.execute(db);
    const renamed = await onHost('renamed');

    const { root } = await renamed.open(ref);

    expect(await shell(root, 'cat a.txt')).toBe('in no bundle');
    expect((await getKept(db, ref.id))?.host).toBe('renamed');
    renamed.close();
  });
});
