import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** One mail as the server took it. */
export interface ReceivedMail {
  readonly recipients: readonly string[];
  readonly from: string;
  readonly user: string | undefined;
  readonly isEncrypted: boolean;
  /** Header and text, as they came. */
  readonly raw: string;
}

/** A real SMTP server in this process. */
export interface TestMailServer {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  readonly close: () => Promise<void>;
}

/** What a server does besides taking every mail. */
export interface MailServerOptions {
  readonly options: SMTPServerOptions;
  /** Status of the answer to a whole mail; undefined: taken. */
  readonly refuse?: (mail: ReceivedMail) => number | undefined;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startMailServer({
  options,
  refuse,
}: MailServerOptions): Promise<TestMailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    logger: false,
    ...options,
    onData: (stream, session, callback) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { rcptTo, mailFrom } = session.envelope;
        const mail = {
          recipients: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? '' : mailFrom.address,
          user: typeof session.user === 'string' ? session.user : undefined,
          isEncrypted: session.secure,
          raw: Buffer.concat(parts).toString('utf8'),
        };
        received.push(mail);
        const status = refuse?.(mail);
        if (status === undefined) return callback();
        callback(Object.assign(new Error('not now'), { responseCode: status }));
      });
    },
  });
  // A client that trusts nobody breaks the connection off; that is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** A header of a mail, unfolded. */
export function headerOf({ raw }: ReceivedMail, name: string): string | undefined {
  const [head = ''] = raw.split('\r\n\r\n');
  const unfolded = head.replaceAll(/\r\n[ \t]+/g, ' ');
  const start = `${name.toLowerCase()}: `;
  const line = unfolded.split('\r\n').find((each) => each.toLowerCase().startsWith(start));
  return line?.slice(start.length);
}

/** The text of a mail as its reader sees it. */
export function textOf({ raw }: ReceivedMail): string {
  const body = raw.slice(raw.indexOf('\r\n\r\n') + 4).replaceAll('\r\n', '\n');
  return body
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
}
