import { createServer, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import {
  choosePort,
  isTakenByAnother,
} from '../../../../../workers/instance/servers/loopback-ports.ts';

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  ({ port } = address);
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

describe('choosePort', () => {
  it('passes over a port that somebody listens on', async () => {
    const chosen = await choosePort([port]);

    expect(chosen).not.toBe(port);
  });
});

describe('isTakenByAnother', () => {
  it('tells a listener of this process from one of another', () => {
    const own = isTakenByAnother(port, process.pid);
    const foreign = isTakenByAnother(port, process.ppid);

    expect([own, foreign]).toEqual([false, process.platform === 'linux']);
  });

  it('sees nobody on a port without a listener', async () => {
    const free = await choosePort([]);

    const taken = isTakenByAnother(free, process.ppid);

    expect(taken).toBe(false);
  });
});
