import { randomUUID } from 'node:crypto';

import { HoldfastError } from '../../domain/failures.ts';
import { isLockName, type LockMode } from '../../domain/locks/lock-name.ts';
import { runKeyOf } from '../../domain/run/ids.ts';
import { readLocks, type LockRow } from '../../storage/readers.ts';
import type { LocksClient, LockView } from '../locks-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { translated } from './translate-error.ts';

/** The locks of a local installation. */
export function locksClient(connection: LocalConnection): LocksClient {
  const { db, tenant } = connection;
  return {
    list: async () =>
      translated('the locks', async () => {
        const rows = await readLocks(db, tenant);
        return rows.map((row) => lockViewOf(row));
      }),
    show: async (name) => translated('the lock', async () => show(connection, name)),
    break: async ({ name, fences, reason }) => {
      const { lockId } = await translated('the lock', async () => show(connection, name));
      const { sendBreak } = await import('./break-lock.ts');
      const order = { fences: [...fences], reason, decisionId: randomUUID() };
      return sendBreak(connection, lockId, order);
    },
  };
}

async function show({ db, tenant }: LocalConnection, name: string): Promise<LockView> {
  if (!isLockName(name)) {
    throw new HoldfastError('invalid_argument', `"${name.slice(0, 80)}" is no name of a lock`, {
      suggestion: 'write host:, group:, service: or repo: and a name, as in host:web1',
    });
  }
  const [row] = await readLocks(db, tenant, name);
  if (row !== undefined) return lockViewOf(row);
  throw new HoldfastError('not_found', `nobody ever asked for ${name}`, {
    suggestion: 'see: holdfast locks list',
  });
}

/** A lock as people are shown it. */
export function lockViewOf({ name, lock_id: lockId, fence, wishes }: LockRow): LockView {
  const users = wishes.map((wish) => ({
    wish,
    user: {
      runId: wish.run_id,
      runKey: runKeyOf(wish.run_id),
      callId: wish.call_id,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by our own repository only
      mode: wish.mode as LockMode,
      purpose: wish.purpose,
    },
  }));
  return {
    name,
    lockId,
    fence,
    holders: users.flatMap(({ wish, user }) =>
      wish.fence === null
        ? []
        : [
            {
              ...user,
              fence: Number(wish.fence),
              since: (wish.granted_at ?? wish.asked_at).toISOString(),
            },
          ],
    ),
    queue: users.flatMap(({ wish, user }) =>
      wish.place === null
        ? []
        : [{ ...user, place: wish.place, since: wish.asked_at.toISOString() }],
    ),
  };
}
