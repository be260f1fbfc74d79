import { describe, expect, it } from '@jest/globals';

import { destinationSchema } from '../../../../domain/notifications/destination-schema.ts';
import { answersOf, chatText } from '../../../../domain/notifications/notification.ts';
import { settingsSchema } from '../../../../domain/settings/settings-schema.ts';

const webhook = {
  name: 'ops',
  kind: 'webhook',
  url: 'https://hooks.example.com/x',
  secret: { env: 'SECRET' },
};

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
  ])('refuses %s', (_, value) => {
    expect(destinationSchema.safeParse(value).success).toBe(false);
  });

  it('takes each name once', () => {
    const notifications = [webhook, webhook];

    expect(settingsSchema.safeParse({ notifications }).error?.issues[0]?.message).toBe(
      'two destinations have the same name',
    );
  });
});

describe('chatText', () => {
  it('says what waits, for whom, until when, and how to answer', () => {
    const text = chatText({
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
    });

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
