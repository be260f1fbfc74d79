/** What people are told of. */
export const notificationEvents = [
  'approval.opened',
  'approval.reminded',
  'approval.escalated',
  'run.paused',
] as const;

export type NotificationEvent = (typeof notificationEvents)[number];

/**
 * What one notification says. SAFETY: it leaves the installation, so it holds no text of a model, a file, a command or
 * a person: names, ids and closed words only. What exactly waits is seen by the command.
 */
export interface Notification {
  readonly schemaVersion: 1;
  /** The same for every delivery of it: a receiver drops what it has seen. */
  readonly id: string;
  readonly event: NotificationEvent;
  /** ISO 8601. */
  readonly at: string;
  readonly tenant: string;
  readonly run: string;
  /** What waits: `tool_call`, `question`, `budget`, `effect_unknown`, `definition`, or `pause`. */
  readonly kind: string;
  readonly approvalId?: string | undefined;
  readonly tool?: string | undefined;
  readonly risk?: string | undefined;
  /** The policy rule that asked, or why a run is paused. */
  readonly why: string;
  /** Who has to decide, in words. */
  readonly required?: string | undefined;
  /** Roles and people that this is for; absent: nobody in particular. */
  readonly audience?: { readonly roles: readonly string[]; readonly people: readonly string[] };
  /** The role, or `person:NAME`, that an escalation reached. */
  readonly to?: string | undefined;
  readonly requestedBy: string;
  readonly expiresAt?: string | undefined;
  /** Commands that answer it, the likeliest first. */
  readonly answer: readonly string[];
}

/** The notification as one message of a chat. */
export function chatText(notification: Notification): string {
  const { requestedBy, answer } = notification;
  const lines = [
    `${titleOf(notification)}, asked by ${requestedBy}`,
    ...circumstancesOf(notification),
    ...answer.map((command) => `\`${command}\``),
  ];
  return lines.join('\n');
}

/** The notification as a mail in plain text. */
export function mailText(notification: Notification): {
  readonly subject: string;
  readonly text: string;
} {
  const { requestedBy, answer } = notification;
  const lines = [
    `${titleOf(notification)}.`,
    '',
    `asked by ${requestedBy}`,
    ...circumstancesOf(notification),
    '',
    'Answer where holdfast is installed:',
    '',
    ...answer.map((command) => `  ${command}`),
    '',
  ];
  return { subject: `[holdfast] ${titleOf(notification)}`, text: lines.join('\n') };
}

function titleOf({ event, kind, tool, risk, run }: Notification): string {
  const what = [kind.replace('_', ' '), tool, risk === undefined ? undefined : `(${risk})`];
  return `${titles[event]}: ${what.filter((word) => word !== undefined).join(' ')} in run ${run}`;
}

function circumstancesOf({ required, to, expiresAt }: Notification): readonly string[] {
  return [
    ...(required === undefined ? [] : [`takes ${required}`]),
    ...(to === undefined ? [] : [`now also for ${to}`]),
    ...(expiresAt === undefined ? [] : [`expires ${expiresAt}`]),
  ];
}

const titles: { readonly [event in NotificationEvent]: string } = {
  'approval.opened': 'Waits for a person',
  'approval.reminded': 'Still waits for a person',
  'approval.escalated': 'Nobody decided yet',
  'run.paused': 'A run is paused',
};

/** Commands that answer what waits; the id without the tenant is what people type. */
export function answersOf(kind: string, id: string, run: string): readonly string[] {
  const typed = id.replace(/^run\/[^/]+\//, '');
  switch (kind) {
    case 'pause':
      return [`holdfast runs show ${run}`, `holdfast runs resume ${run}`];
    case 'question':
      return [`holdfast answer ${typed} "the answer"`];
    case 'effect_unknown':
      return ['holdfast inbox'];
    default:
      return [`holdfast approve ${typed}`, `holdfast reject ${typed} "why not"`];
  }
}
