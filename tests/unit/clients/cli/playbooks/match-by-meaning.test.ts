import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { runWith } from '../run/command-line.ts';
import { fakeClient } from '../run/fake-client.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A back end for which the meaning of a text is the direction that `directionOf` gives, in degrees. */
async function backend(directionOf: (text: string) => number) {
  const asked: string[][] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { input } = JSON.parse(Buffer.concat(chunks).toString());
    asked.push(input);
    const data = input.map((text: string, index: number) => {
      const angle = (directionOf(text) * Math.PI) / 180;
      return { object: 'embedding', index, embedding: [Math.cos(angle), Math.sin(angle)] };
    });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data, model: 'mini' }));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { asked, baseUrl: `http://127.0.0.1:${port}/v1` };
}

function world(baseUrl: string) {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-meaning-home-'));
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-meaning-'));
  const entry = `  - { key: mini, backend: generic, model: mini, baseUrl: '${baseUrl}', capabilities: [embeddings] }`;
  writeFileSync(join(home, 'holdfast.yaml'), `models:\n${entry}\n`);
  writeFileSync(join(folder, 'motd-set.yml'), '- name: Change the greeting\n  hosts: all\n');
  writeFileSync(join(folder, 'portal-deploy.yml'), '- name: Deploy the portal\n  hosts: all\n');
  const client = fakeClient();
  return async (request: string) => {
    const args = ['playbooks', 'match', request, '--repository', folder, '--json'];
    const { code, stdout } = await runWith(args, { home, client });
    return { code, ...JSON.parse(stdout) };
  };
}

describe('a match by meaning', () => {
  // arccos 0.85 is 31.79 degrees.
  it.each([
    [31.78, 0, 'semantic', 0.85],
    [31.9, 3, 'none', 0],
  ])('at %d degrees ends with code %i, %s', async (degrees, code, method, confidence) => {
    const { baseUrl } = await backend((text) =>
      text.startsWith('motd') ? degrees : text.startsWith('portal') ? 90 : 0,
    );

    const match = await world(baseUrl)('what people read when they log in');

    expect([match.code, match.method]).toEqual([code, method]);
    expect(match.confidence).toBeCloseTo(confidence, 3);
    const near = method === 'none' ? match.alternatives[0] : match.playbook;
    expect(near.path).toBe('motd-set.yml');
  });

  it('is not tried when the name is there, and asks about the same texts once', async () => {
    const { baseUrl, asked } = await backend(() => 0);
    const match = world(baseUrl);

    const byName = await match('deploy the portal');
    const before = asked.length;
    await match('first');
    await match('second');

    expect([byName.method, before]).toEqual(['exact', 0]);
    expect(asked.map((texts) => texts.length)).toEqual([1, 2, 1]);
  });

  it('that cannot be made gives the proposals, and says why', async () => {
    const match = await world('http://127.0.0.1:9/v1')('change the greeting');

    expect([match.code, match.method]).toEqual([3, 'none']);
    expect(match.alternatives[0].path).toBe('motd-set.yml');
    expect(match.suggestion).toContain('the embeddings model mini does not answer');
  });
});
