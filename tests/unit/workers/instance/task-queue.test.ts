import { describe, expect, it } from '@jest/globals';

import { taskQueueOf } from '../../../../workers/instance/task-queue.ts';

const config = {
  home: '/var/lib/holdfast',
  version: '1',
  isDetached: true,
  namespace: 'default',
  ports: { temporal: 1, temporalUi: 2, postgres: 3 },
};
const shared = { ...config, temporalAddress: 'temporal:7233' };

describe('taskQueueOf', () => {
  it('is holdfast on a server of its own', () => {
    expect(taskQueueOf(config, 'h1')).toBe('holdfast');
  });

  it('differs for every database on a server that is shared', () => {
    const queues = [
      taskQueueOf(shared, 'h1'),
      taskQueueOf(shared, 'h2'),
      taskQueueOf({ ...shared, home: '/other' }, 'h1'),
      taskQueueOf({ ...shared, databaseUrl: 'postgresql://u:p@db/one' }, 'h1'),
      taskQueueOf({ ...shared, databaseUrl: 'postgresql://u:p@db/two' }, 'h1'),
    ];

    expect(new Set(queues).size).toBe(queues.length);
  });

  it('is the same for workers that share a database, whoever they are', () => {
    const one = { ...shared, databaseUrl: 'postgresql://ada:secret@db:5432/holdfast' };
    const other = { ...shared, home: '/b', databaseUrl: 'postgresql://bob:word@db:5432/holdfast' };

    expect(taskQueueOf(one, 'h1')).toBe(taskQueueOf(other, 'h2'));
  });
});
