import { setTimeout as wait } from 'node:timers/promises';

import { isStorageUnavailable } from '../../storage/postgres/database.ts';

/** Time between two tries, in milliseconds. */
const pauseMs = 500;

/**
 * Writes what only this process knows: while the database cannot be reached it is tried again, because an outcome
 * that is lost here turns into a question to a person. Ends with the process, or when the database answers.
 */
export async function keepTrying<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isStorageUnavailable(error)) throw error;
      await wait(pauseMs, undefined, { ref: false });
    }
  }
}
