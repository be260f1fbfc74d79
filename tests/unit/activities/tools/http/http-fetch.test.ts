import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { hostStanding } from '../../../../../activities/tools/http/host-list.ts';
import { createHttpFetchTool } from '../../../../../activities/tools/http/http-fetch-tool.ts';
import { isPrivateAddress } from '../../../../../activities/tools/http/private-addresses.ts';
import { checkRedirect } from '../../../../../activities/tools/http/safe-request.ts';
import { callerFor, refusalOf } from '../call-tool.ts';

const loopback = async () => [{ address: '127.0.0.1', family: 4 }];
const mixed = async () => [
  { address: '93.184.216.34', family: 4 },
  { address: '10.0.0.1', family: 4 },
];

describe('isPrivateAddress', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'no address',
  ])('takes %s for private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001:830::200e'])(
    'takes %s for public',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});

describe('hostStanding', () => {
  it.each([
    [['example.org'], 'example.org', 443, 'named'],
    [['Example.org'], 'example.org', 443, 'named'],
    [['example.org'], 'www.example.org', 443, 'absent'],
    [['*.example.org'], 'www.example.org', 443, 'matched'],
    [['*.example.org'], 'example.org', 443, 'absent'],
    [['*.example.org'], 'evilexample.org', 443, 'absent'],
    [['*'], 'anything.net', 80, 'matched'],
    [['localhost:8080'], 'localhost', 8080, 'named'],
    [['localhost:8080'], 'localhost', 80, 'absent'],
    [['[::1]:80'], '[::1]', 80, 'named'],
    [['[::1]'], '[::1]', 8080, 'named'],
    [[], 'example.org', 443, 'absent'],
  ] as const)('finds in %j for %s:%d: %s', (...[allowed, host, port, standing]) => {
    expect(hostStanding(allowed, { host, port })).toBe(standing);
  });
});

describe('http_fetch', () => {
  let server: Server;
  let port: number;
  let seen: { url: string | undefined; method: string | undefined; headers: IncomingHttpHeaders }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { url, method, headers } = request;
      seen.push({ url, method, headers });
      const redirects: Record<string, string> = {
        '/same': '/text',
        '/private': `http://127.0.0.1:${port}/text`,
        '/metadata': 'http://169.254.169.254/latest',
        '/other': `http://other.example:${port}/text`,
        '/file': 'file:///etc/passwd',
        '/circle': '/circle',
      };
      const location = redirects[url ?? ''];
      if (location !== undefined) response.writeHead(302, { location }).end();
      else if (url === '/big') response.end('x'.repeat(2_000_000));
      else if (url === '/binary')
        response.writeHead(200, { 'content-type': 'image/png' }).end('a\0b');
      else if (url === '/missing') response.writeHead(404).end('nothing here');
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });

  afterAll(() => {
    server.close();
  });

  beforeEach(() => {
    seen = [];
  });

  const caller = callerFor({ root: '/', uid: 1, gid: 1 });
  const fetchWith = (allowedHosts: readonly string[], args: object, lookUp = loopback) =>
    caller.call(createHttpFetchTool({ allowedHosts, lookUp }), args);
  const here = (path: string): string => `http://127.0.0.1:${port}${path}`;
  const named = (path: string): string => `http://app.example:${port}${path}`;

  it('reads from a private address that the list names', async () => {
    const { status, text } = await fetchWith(['127.0.0.1'], { url: here('/text') });

    expect(status).toBe('ok');
    expect(text).toContain('200 ');
    expect(text).toContain('hello');
  });

  it.each([
    ['the list does not name it', [], '/text'],
    ['a pattern covers it only', ['*'], '/text'],
    ['the list names another port', ['127.0.0.1:1'], '/text'],
  ])('refuses a private address when %s', async (_, allowed, path) => {
    expect((await refusalOf(fetchWith(allowed, { url: here(path) }))).code).toBe('access_denied');
    expect(seen).toEqual([]);
  });

  it.each([
    'http://2130706433/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::1]/',
  ])('sees through the spelling %s', async (url) => {
    expect((await refusalOf(fetchWith(['*'], { url }))).code).toBe('access_denied');
  });

  it('refuses a public name that leads to loopback, and takes it when the list names it', async () => {
    const refused = await refusalOf(fetchWith(['*.example'], { url: named('/text') }));
    const taken = await fetchWith(['app.example'], { url: named('/text') });

    expect(refused.code).toBe('access_denied');
    expect(taken.text).toContain('hello');
    expect(seen[0]?.headers.host).toBe(`app.example:${port}`);
  });

  it('refuses a name with one private address among public ones', async () => {
    expect((await refusalOf(fetchWith(['*'], { url: 'http://mixed.example/' }, mixed))).code).toBe(
      'access_denied',
    );
  });

  it('asks DNS once and connects to what was checked', async () => {
    let asked = 0;
    const rebinding = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    };

    const { text } = await fetchWith(['app.example'], { url: named('/text') }, rebinding);

    expect(text).toContain('hello');
    expect(asked).toBe(1);
  });

  it('follows redirects on the same host and checks the name again', async () => {
    let asked = 0;
    const counting = async () => {
      asked += 1;
      return loopback();
    };

    const { text } = await fetchWith(['app.example'], { url: named('/same') }, counting);

    expect(text).toContain('hello');
    expect(asked).toBe(2);
  });

  it.each(['/metadata', '/other', '/private'])(
    'refuses the redirect of %s to a host that is not allowed',
    async (path) => {
      expect((await refusalOf(fetchWith(['app.example'], { url: named(path) }))).code).toBe(
        'access_denied',
      );
      expect(seen).toHaveLength(1);
    },
  );

  it('refuses the redirect to a private address that a pattern covers only', async () => {
    const allowed = ['app.example', '*'];

    const refusal = await refusalOf(fetchWith(allowed, { url: named('/private') }));

    expect(refusal.message).toContain('private address');
    expect(seen).toHaveLength(1);
  });

  it('refuses redirects to other protocols, and circles', async () => {
    expect((await refusalOf(fetchWith(['app.example'], { url: named('/file') }))).code).toBe(
      'validation_error',
    );
    expect((await refusalOf(fetchWith(['app.example'], { url: named('/circle') }))).code).toBe(
      'execution_error',
    );
  });

  it('refuses a redirect from https to http on the same host, and no other', () => {
    const [safe, open] = [new URL('https://app.example/a'), new URL('http://app.example/a')];

    expect(() => checkRedirect(safe, open)).toThrow('not encrypted');
    expect(() => checkRedirect(open, safe)).not.toThrow();
    expect(() => checkRedirect(open, open)).not.toThrow();
  });

  it('names an allowed other host in place of following to it', async () => {
    const headers = { authorization: 'Bearer secret' };
    const allowed = ['app.example', 'other.example'];

    const { text } = await fetchWith(allowed, { url: named('/other'), headers });

    expect(text).toContain(`fetch http://other.example:${port}/text`);
    expect(seen).toHaveLength(1);
  });

  it('cuts long bodies and leaves binary ones out', async () => {
    const big = await fetchWith(['127.0.0.1'], { url: here('/big') });
    const binary = await fetchWith(['127.0.0.1'], { url: here('/binary') });

    expect(big.text.length).toBeLessThan(1_050_000);
    expect(big.text).toContain('the body is longer than 1048576 bytes');
    expect(binary.text).toContain('3 bytes that are no text');
  });

  it('gives a failed status as an error', async () => {
    expect(await fetchWith(['127.0.0.1'], { url: here('/missing') })).toMatchObject({
      status: 'error',
      code: 'execution_error',
      text: expect.stringContaining('nothing here'),
    });
  });

  it('says that nothing was sent when nobody listens', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const address = unused.address();
    const free = typeof address === 'object' && address !== null ? address.port : 0;
    unused.close();
    await once(unused, 'close');

    const asking = fetchWith(['127.0.0.1'], { url: `http://127.0.0.1:${free}/` });

    expect((await refusalOf(asking)).code).toBe('execution_error');
  });

  it('is refused in a run without network', async () => {
    const offline = callerFor({ root: '/', uid: 1, gid: 1 }, { networkAllowed: false });
    const tool = createHttpFetchTool({ allowedHosts: ['*'], lookUp: loopback });

    expect((await refusalOf(offline.call(tool, { url: 'http://example.org/' }))).code).toBe(
      'access_denied',
    );
  });

  it.each([
    { url: 'no address' },
    { url: 'http://a/', method: 'POST' },
    { url: 'http://a/', headers: { host: 'b' } },
    { url: 'http://a/', headers: { 'x-a': 'b\r\nc: d' } },
    { url: 'http://a/', headers: { 'Content-Length': '1' } },
    { url: 'http://a/', body: 'with GET' },
  ])('refuses the arguments %j', (args) => {
    const { schema } = createHttpFetchTool({ allowedHosts: ['*'], lookUp: loopback });

    expect(schema.safeParse(args).success).toBe(false);
  });

  it.each(['ftp://a/', 'http://user:secret@a/'])('refuses the address %s', async (url) => {
    expect((await refusalOf(fetchWith(['*'], { url }))).code).toBe('validation_error');
  });
});
