import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SMTPServerAuthentication, SMTPServerSession } from 'smtp-server';

import {
  headerOf,
  startMailServer,
  textOf,
  type ReceivedMail,
  type TestMailServer,
} from '../../support/mail/mail-server.ts';
import { makeCertificate } from '../../support/mail/test-certificate.ts';
import { pollFor } from '../../support/poll.ts';
import { startRunHarness, type RunHarness } from '../../support/runs/run-harness.ts';
import { calling, goodbye, script, shell } from '../../support/runs/run-scripts.ts';
import { openApproval, start } from '../../support/runs/running-runs.ts';
import { member } from '../../support/runs/team.ts';

const password = 'correct-horse-battery';
const canary = 'hunter2-canary';
const folder = mkdtempSync(join(tmpdir(), 'holdfast-mail-'));

let harness: RunHarness;
/** Offers STARTTLS and wants a login; `busy` counts the mails that it does not take yet. */
let starttls: TestMailServer;
/** Encrypted from the first byte. */
let tls: TestMailServer;
/** Can no encryption. */
let plain: TestMailServer;
/** Encrypted with a certificate that nobody trusts. */
let foreign: TestMailServer;
/** Takes connections and says nothing. */
let silent: Server;
let busy = 0;

const approval = {
  roles: ['sre'],
  people: ['ada'],
  reminder: false,
  escalation: [
    { afterSeconds: 1, to: 'lead' },
    { afterSeconds: 2, to: 'person:grace' },
  ],
};

/** A destination that goes to a mail server of this machine. */
function mailTo(name: string, port: number, more: object = {}) {
  return {
    name,
    kind: 'mail',
    server: `localhost:${port}`,
    from: 'holdfast@example.com',
    allowPrivate: true,
    events: ['approval.opened'],
    to: [`${name}@example.com`],
    ...more,
  };
}

beforeAll(async () => {
  const { key, cert, file } = makeCertificate(folder);
  process.env['NODE_EXTRA_CA_CERTS'] = file;
  process.env['HOLDFAST_TEST_MAIL_PASSWORD'] = password;
  const login = {
    onAuth: (
      auth: SMTPServerAuthentication,
      _: SMTPServerSession,
      callback: (error: Error | null, answer?: { readonly user: string }) => void,
    ) => {
      if (auth.password === password) callback(null, { user: auth.username ?? '' });
      else callback(new Error(`no login for ${auth.username} with ${auth.password}`));
    },
  };
  const open = { authOptional: true };
  silent = createServer();
  [starttls, tls, plain, foreign] = await Promise.all([
    startMailServer({
      options: { key, cert, ...login },
      refuse: () => {
        busy -= 1;
        return busy >= 0 ? 451 : undefined;
      },
    }),
    startMailServer({ options: { key, cert, secure: true, ...open } }),
    startMailServer({ options: { hideSTARTTLS: true, disabledCommands: ['STARTTLS'], ...open } }),
    startMailServer({ options: open }),
    new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve)),
  ]);
  const address = silent.address();
  const silentPort = typeof address === 'object' && address !== null ? address.port : 0;
  const account = { user: 'holdfast', secret: { env: 'HOLDFAST_TEST_MAIL_PASSWORD' } };
  harness = await startRunHarness({
    settings: {
      notifications: [
        mailTo('ops', starttls.port, {
          ...account,
          events: [],
          toRoles: { sre: ['sre@example.com', 'ops@example.com'], lead: ['lead@example.com'] },
          toPeople: { ada: ['ada@example.com'], grace: ['grace@example.com'] },
        }),
        mailTo('direct', tls.port, { security: 'tls' }),
        mailTo('clear', plain.port, { security: 'none' }),
        mailTo('downgraded', plain.port),
        mailTo('untrusted', foreign.port),
        mailTo('locked', starttls.port, { user: 'holdfast', secret: { env: 'PATH' } }),
        mailTo('keyless', starttls.port, { user: 'holdfast', secret: { env: 'HOLDFAST_TEST_NO' } }),
        mailTo('inside', plain.port, { security: 'none', allowPrivate: false }),
        mailTo('silent', silentPort),
        mailTo('down', 9),
      ],
    },
    policies: [
      {
        schemaVersion: 1,
        name: 'several',
        mode: 'acceptEdits',
        rules: [{ tool: 'shell', commandAllow: ['printf *'], verdict: 'ask', approval }],
        limits: { maxTurns: 10, timeoutSeconds: 600, maxCostMicroUsd: 1_000_000 },
      },
    ],
    scripts: [script('one', calling(shell(`printf ${canary} > made.txt`)), goodbye)],
  });
});

afterAll(async () => {
  await harness.stop();
  await Promise.all([starttls, tls, plain, foreign].map(async (server) => server.close()));
  silent.close();
  delete process.env['NODE_EXTRA_CA_CERTS'];
  rmSync(folder, { recursive: true, force: true });
});

async function whenTaken(server: TestMailServer, address: string, words: string) {
  return pollFor(`${address} gets a mail with ${words}`, () =>
    server.received.find((mail) => isFor(mail, address, words)),
  );
}

function isFor(mail: ReceivedMail, address: string, words: string): boolean {
  return mail.recipients.includes(address) && textOf(mail).includes(words);
}

describe('a notification by mail', () => {
  it('says what waits and how to answer it, encrypted and logged in, without what it is about', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const typed = approvalId.replace('run/default/', '');

    const mail = await whenTaken(starttls, 'ops@example.com', typed);

    expect(mail).toMatchObject({
      from: 'holdfast@example.com',
      user: 'holdfast',
      isEncrypted: true,
    });
    expect(headerOf(mail, 'subject')).toBe(
      `[holdfast] Waits for a person: tool call shell (change) in run ${runId.split('/').at(-1)}`,
    );
    expect(headerOf(mail, 'auto-submitted')).toBe('auto-generated');
    expect(headerOf(mail, 'holdfast-event-id')).toBe(`${approvalId}#0`);
    expect(textOf(mail)).toContain(`\n  holdfast approve ${typed}\n`);
    expect(textOf(mail)).toContain(`\n  holdfast reject ${typed} "why not"\n`);
    expect(await whenTaken(tls, 'direct@example.com', typed)).toMatchObject({ isEncrypted: true });
    expect(await whenTaken(plain, 'clear@example.com', typed)).toMatchObject({ user: undefined });
    const everything = [starttls, tls, plain].flatMap(({ received }) => received);
    expect(everything.map(({ raw }) => raw).join('\n')).not.toContain(canary);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
  });

  it('goes to who decides, each with a mail of their own, and then to whom the escalation reaches', async () => {
    const ada = await member(harness, 'ada', ['approver']);
    const runId = await start(harness, 'one', { policy: 'several' });
    const { approvalId } = await openApproval(harness, runId);
    const typed = approvalId.replace('run/default/', '');

    await whenTaken(starttls, 'grace@example.com', typed);

    const told = (title: string) =>
      starttls.received
        .filter((mail) => textOf(mail).includes(typed) && textOf(mail).startsWith(title))
        .map(({ recipients }) => recipients.join(','))
        .toSorted();
    await pollFor('all of them came', () => (told('Nobody').length === 4 ? true : undefined));
    expect(told('Waits')).toEqual(['ada@example.com', 'ops@example.com', 'sre@example.com']);
    expect(told('Nobody')).toEqual([
      'grace@example.com',
      'lead@example.com',
      'ops@example.com',
      'ops@example.com',
    ]);
    await ada.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
  });

  it('comes again under the same Message-ID until it is taken, and once then', async () => {
    busy = 2;
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    const typed = approvalId.replace('run/default/', '');

    await pollFor('it was delivered', async () => {
      const row = await rowOf(approvalId, 'ops');
      return row?.state === 'delivered' && row.attempts === 3 ? true : undefined;
    });
    expect(busy).toBe(-1);

    const attempts = starttls.received.filter((mail) => isFor(mail, 'ops@example.com', typed));
    expect(attempts).toHaveLength(3);
    const ids = new Set(attempts.map((mail) => headerOf(mail, 'message-id')));
    expect([...ids]).toEqual([expect.stringMatching(/^<[0-9a-f]{40}@example\.com>$/)]);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    await harness.client.waitForRun(runId);
  });

  it('that cannot be sent blocks nothing and is kept with a reason that tells no secret', async () => {
    const runId = await start(harness, 'one');
    const { approvalId } = await openApproval(harness, runId);
    await harness.client.decide({ approval: approvalId, decision: 'approve' });
    expect(await harness.client.waitForRun(runId)).toMatchObject({ status: 'completed' });

    const dead = await pollFor(
      'all attempts failed',
      async () => {
        const all = await harness.client.undelivered();
        const own = all.filter(({ id }) => id === `${approvalId}#0`);
        return own.length === 6 ? own : undefined;
      },
      40_000,
    );

    const errors = new Map(dead.map(({ destination, error }) => [destination, error]));
    expect(Object.fromEntries(errors)).toEqual({
      down: 'the mail server could not be reached: ECONNREFUSED',
      downgraded: 'the mail server offers no encryption that can be trusted (500)',
      inside: 'inside leads to a private address; set allowPrivate if that is meant',
      keyless: 'the environment variable HOLDFAST_TEST_NO is not set on this worker',
      locked: 'the mail server refused the login (535)',
      untrusted: expect.stringMatching(/^the mail server could not be reached: [A-Z_]*CERT/),
    });
    await pollFor('the silent server had its time', async () => {
      const row = await rowOf(approvalId, 'silent');
      return row?.last_error === 'no answer within 10 s' ? true : undefined;
    });
    expect(dead.map(({ recipient }) => recipient).toSorted()[0]).toBe('down@example.com');
    const rows = await harness.db.selectFrom('notifications').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(password);
  });
});

async function rowOf(approvalId: string, destination: string) {
  return harness.db
    .selectFrom('notifications')
    .select(['state', 'attempts', 'last_error'])
    .where('event_id', '=', `${approvalId}#0`)
    .where('destination', '=', destination)
    .executeTakeFirst();
}
