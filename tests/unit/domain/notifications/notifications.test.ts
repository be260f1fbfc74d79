import { describe, expect, it } from '@jest/globals';

import { destinationSchema } from '../../../../domain/notifications/destination-schema.ts';
import { answersOf, chatText, mailText } from '../../../../domain/notifications/notification.ts';
import { audienceOf } from '../../../../domain/notifications/audience.ts';
import { recipientsOf } from '../../../../domain/notifications/recipients.ts';
import { parseSettings, settingsSchema } from '../../../../domain/settings/settings-schema.ts';

const webhook = {
  name: 'ops',
  kind: 'webhook',
  url: 'https://hooks.example.com/x',
  secret: { env: 'SECRET' },
};

const mail = {
  name: 'letters',
  kind: 'mail',
  server: 'smtp.example.com:587',
  from: 'holdfast@example.com',
  to: ['ops@example.com'],
};

function words(value: unknown): readonly string[] {
  const parsed = parseSettings({ notifications: [value] });
  return parsed.type === 'refused' ? parsed.issues.map(({ constraint }) => constraint) : [];
}

describe('destinationSchema', () => {
  it('fills in that all events are told and that no private address is', () => {
    expect(destinationSchema.parse(webhook)).toMatchObject({ events: [], allowPrivate: false });
  });

  it.each([
    ['no address', { ...webhook, url: 'hooks.example.com' }],
    ['another protocol', { ...webhook, url: 'ftp://hooks.example.com' }],
    ['a webhook without a secret', { ...webhook, secret: undefined }],
    ['the secret itself', { ...webhook, secret: 'hunter2' }],
    ['a chat with a secret', { ...webhook, kind: 'slack' }],
    ['an unknown event', { ...webhook, events: ['run.completed'] }],
    ['an unknown kind', { ...webhook, kind: 'pigeon' }],
    ['a mail server without a port', { ...mail, server: 'smtp.example.com' }],
    ['a mail address that is none', { ...mail, to: ['ops'] }],
    ['two lines in a mail address', { ...mail, to: ['a@b.c\r\nBcc: d@e.f'] }],
    ['mail to nobody', { ...mail, to: [] }],
    ['a role that is none', { ...mail, toRoles: { 'Site Reliability': ['a@example.com'] } }],
    ['a user without a password', { ...mail, user: 'holdfast' }],
    ['a password without a user', { ...mail, secret: { env: 'SECRET' } }],
    ['a password itself', { ...mail, user: 'holdfast', secret: 'hunter2' }],
    ['a password in the clear', { ...mail, user: 'a', secret: { env: 'S' }, security: 'none' }],
  ])('refuses %s', (_, value) => {
    expect(destinationSchema.safeParse(value).success).toBe(false);
  });

  it('wants mail encrypted unless told otherwise', () => {
    expect(destinationSchema.parse(mail)).toMatchObject({ security: 'starttls', events: [] });
  });

  it('says in plain words what a destination lacks', () => {
    expect(words({ ...webhook, kind: 'pigeon' })).toEqual(['must be one of webhook, slack, mail']);
    expect(words({ ...mail, to: [] })).toEqual([
      'nobody would be told: name somebody in to, toRoles or toPeople',
    ]);
  });

  it('takes each name once', () => {
    const notifications = [webhook, webhook];

    expect(settingsSchema.safeParse({ notifications }).error?.issues[0]?.message).toBe(
      'two destinations have the same name',
    );
  });
});

describe('recipientsOf', () => {
  const letters = destinationSchema.parse({
    ...mail,
    toRoles: { sre: ['sre@example.com', 'ops@example.com'], lead: ['lead@example.com'] },
    toPeople: { ada: ['ada@example.com'] },
  });
  const told = (audience: { readonly roles: string[]; readonly people: string[] } | undefined) =>
    recipientsOf([destinationSchema.parse(webhook), letters], {
      event: 'approval.opened',
      ...(audience === undefined ? {} : { audience }),
    }).map(({ destination, address }) => `${destination} ${address}`.trim());

  it('tells who is told of everything, and who it is for, each once', () => {
    expect(told({ roles: ['sre', 'toString'], people: ['ada', 'grace'] })).toEqual([
      'ops',
      'letters ops@example.com',
      'letters sre@example.com',
      'letters ada@example.com',
    ]);
  });

  it('tells nobody in particular of what is for nobody in particular', () => {
    expect(told(undefined)).toEqual(['ops', 'letters ops@example.com']);
  });

  it('leaves out who wants other events', () => {
    const paused = destinationSchema.parse({ ...mail, events: ['run.paused'] });

    expect(recipientsOf([paused], { event: 'approval.opened' })).toEqual([]);
  });
});

describe('audienceOf', () => {
  const terms = {
    requirements: [
      { quorum: 2, roles: ['sre'], people: ['ada'] },
      { quorum: 1, roles: ['sre', 'dba'], people: [] },
    ],
    separationOfDuties: false,
    rejectQuorum: 1,
    expiresAfterSeconds: 60,
    onTimeout: 'escalate' as const,
    escalation: [],
    reminder: false,
  };

  it('is everybody who may decide, with whom an escalation reached before', () => {
    expect(audienceOf({ terms, escalatedTo: ['lead', 'person:grace'] }, undefined)).toEqual({
      roles: ['sre', 'dba', 'lead'],
      people: ['ada', 'grace'],
    });
  });

  it('is only whom an escalation reaches now', () => {
    expect(audienceOf({ terms, escalatedTo: ['lead', 'person:grace'] }, 'person:grace')).toEqual({
      roles: [],
      people: ['grace'],
    });
  });
});

const escalated = {
  schemaVersion: 1,
  id: 'a#1',
  event: 'approval.escalated',
  at: '2026-11-21T10:00:00.000Z',
  tenant: 'default',
  run: '01k9',
  kind: 'tool_call',
  approvalId: 'run/default/01k9/main/t1/c0/a1',
  tool: 'shell',
  risk: 'destructive',
  why: 'team/deploy',
  required: '2 of role sre',
  to: 'lead',
  requestedBy: 'ada',
  expiresAt: '2026-11-22T10:00:00.000Z',
  answer: answersOf('tool_call', 'run/default/01k9/main/t1/c0/a1', '01k9'),
} as const;

describe('mailText', () => {
  it('says the same in a mail, each command on a line of its own', () => {
    const { subject, text } = mailText(escalated);

    expect(subject).toBe(
      '[holdfast] Nobody decided yet: tool call shell (destructive) in run 01k9',
    );
    expect(text.split('\n')).toEqual([
      'Nobody decided yet: tool call shell (destructive) in run 01k9.',
      '',
      'asked by ada',
      'takes 2 of role sre',
      'now also for lead',
      'expires 2026-11-22T10:00:00.000Z',
      '',
      'Answer where holdfast is installed:',
      '',
      '  holdfast approve 01k9/main/t1/c0/a1',
      '  holdfast reject 01k9/main/t1/c0/a1 "why not"',
      '',
    ]);
  });
});

describe('chatText', () => {
  it('says what waits, for whom, until when, and how to answer', () => {
    const text = chatText(escalated);

    expect(text.split('\n')).toEqual([
      'Nobody decided yet: tool call shell (destructive) in run 01k9, asked by ada',
      'takes 2 of role sre',
      'now also for lead',
      'expires 2026-11-22T10:00:00.000Z',
      '`holdfast approve 01k9/main/t1/c0/a1`',
      '`holdfast reject 01k9/main/t1/c0/a1 "why not"`',
    ]);
  });
});
