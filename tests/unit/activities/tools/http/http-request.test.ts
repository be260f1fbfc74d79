import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createHttpRequestTool } from '../../../../../activities/tools/http/http-request-tool.ts';
import { callerFor, refusalOf } from '../call-tool.ts';

const loopback = async () => [{ address: '127.0.0.1', family: 4 }];

const caller = callerFor({ root: '/', uid: 1, gid: 1 });
const toolWith = (idempotentHosts: readonly string[] = []) =>
  createHttpRequestTool({ allowedHosts: ['127.0.0.1'], idempotentHosts, lookUp: loopback });

describe('http_request', () => {
  let server: Server;
  let port: number;
  let etag: string;
  let seen: { method: string | undefined; body: string; headers: IncomingHttpHeaders }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += String(part)));
      request.on('end', () => {
        seen.push({ method: request.method, body, headers: request.headers });
        if (request.url === '/cut') response.destroy();
        else if (/^\/50\d$/.test(request.url ?? ''))
          response.writeHead(Number(request.url?.slice(1))).end('sorry');
        else if (request.url === '/moved') response.writeHead(307, { location: '/' }).end('there');
        else if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag)
          response.writeHead(412).end('changed');
        else response.writeHead(200, { 'content-type': 'text/plain', etag }).end('done');
      });
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
    etag = '"one"';
  });

  const here = (path = '/'): string => `http://127.0.0.1:${port}${path}`;

  it('is a change, and carries the same key of its position each time', async () => {
    const args = { url: here(), method: 'POST', body: 'x' };

    const preparation = await caller.prepare(toolWith(), args);
    await caller.perform(toolWith(), args, preparation);
    await caller.perform(toolWith(), args, preparation);

    expect(preparation.facts).toMatchObject({ access: 'change', hosts: [`127.0.0.1:${port}`] });
    expect(preparation.detail).toContain('x');
    expect(seen.map(({ body }) => body)).toEqual(['x', 'x']);
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[\w-]{43}$/);
    expect(seen[1]?.headers['idempotency-key']).toBe(seen[0]?.headers['idempotency-key']);
  });

  it('sends the ETag it is given, and tells what a server refuses', async () => {
    const args = { url: here(), method: 'PUT', body: 'x', ifMatch: '"old"' };

    expect(await caller.call(toolWith(), args)).toMatchObject({
      status: 'error',
      text: expect.stringContaining('412'),
    });
    expect(seen[0]?.headers['if-match']).toBe('"old"');
  });

  it('shows the request that takes it back, and asks for its host too', async () => {
    const undo = { url: here('/back').replace('127.0.0.1', 'localhost'), method: 'DELETE' };
    const tool = createHttpRequestTool({
      allowedHosts: ['127.0.0.1', 'localhost'],
      idempotentHosts: [],
      lookUp: loopback,
    });

    const preparation = await caller.prepare(tool, { url: here(), method: 'POST', undo });
    const elsewhere = { ...undo, url: 'http://other.example/' };
    const refusal = refusalOf(
      caller.prepare(tool, { url: here(), method: 'POST', undo: elsewhere }),
    );

    expect(preparation.facts.hosts).toEqual([`127.0.0.1:${port}`, `localhost:${port}`]);
    expect(preparation.detail).toContain(`to take it back:\nDELETE ${undo.url}`);
    expect(await refusal).toMatchObject({ code: 'access_denied' });
    expect(seen).toEqual([]);
  });

  it('follows no redirect', async () => {
    const { text } = await caller.call(toolWith(), { url: here('/moved'), method: 'POST' });

    expect(text).toContain('307');
    expect(seen).toHaveLength(1);
  });

  it('says nothing of an answer that was cut off: that is for the ledger', async () => {
    const cut = caller.call(toolWith(), { url: here('/cut'), method: 'POST' });

    await expect(cut).rejects.not.toMatchObject({ name: 'ToolError' });
    expect(seen).toHaveLength(1);
  });

  it.each([502, 503, 504])('takes %i of a gateway for no answer either', async (status) => {
    const asked = caller.call(toolWith(), { url: here(`/${status}`), method: 'POST' });

    await expect(asked).rejects.toMatchObject({
      code: 'effect_unknown',
      message: expect.stringContaining(String(status)),
    });
    expect(seen).toHaveLength(1);
  });

  it('tells what a server answers that broke down itself', async () => {
    const { status, text } = await caller.call(toolWith(), { url: here('/500'), method: 'POST' });

    expect([status, text]).toEqual(['error', expect.stringContaining('500')]);
  });

  it.each([
    ['may be sent again to a server that knows keys', ['127.0.0.1'], {}, 'did-not-happen'],
    ['may be sent again while the ETag is the same', [], { ifMatch: '"one"' }, 'did-not-happen'],
    ['is open when the ETag has changed', [], { ifMatch: '"old"' }, 'no-answer'],
    ['is open anywhere else', [], {}, 'no-answer'],
  ])('%s', async (_, idempotentHosts, more, answer) => {
    const args = { url: here(), method: 'PUT', body: 'x', ...more };
    const tool = toolWith(idempotentHosts);

    const probed = await caller.probe(tool, args, await caller.prepare(tool, args));

    expect(probed?.type).toBe(answer);
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('is refused in a run without network, and for hosts that are not allowed', async () => {
    const offline = callerFor({ root: '/', uid: 1, gid: 1 }, { networkAllowed: false });

    const refused = [
      await refusalOf(offline.call(toolWith(), { url: here(), method: 'POST' })),
      await refusalOf(caller.call(toolWith(), { url: 'http://10.0.0.1/', method: 'POST' })),
    ];

    expect(refused.map(({ code }) => code)).toEqual(['access_denied', 'access_denied']);
    expect(seen).toEqual([]);
  });

  it.each([
    { url: 'http://a/', method: 'GET' },
    { url: 'http://a/', method: 'DELETE', body: 'x' },
    { url: 'http://a/', method: 'POST', headers: { 'idempotency-key': 'mine' } },
    { url: 'http://a/', method: 'POST', headers: { 'if-match': '*' } },
    { url: 'http://a/', method: 'POST', ifMatch: 'a\r\nb: c' },
  ])('refuses the arguments %j', (args) => {
    expect(toolWith().schema.safeParse(args).success).toBe(false);
  });
});
