import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const program = fileURLToPath(new URL('../../../workers/rehearsal/main.ts', import.meta.url));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-rehearsal-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function run(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function fileOf(content: string): Promise<string> {
  const path = join(directory, 'script.json');
  await writeFile(path, content);
  return path;
}

describe('the rehearsal program', () => {
  it('prints its address as JSON, answers, and ends when told', async () => {
    const script = {
      schemaVersion: 1,
      name: 's',
      model: 'm',
      turns: [{ reply: { text: 'hello' } }],
    };
    const child = run(['--script', await fileOf(JSON.stringify(script)), '--json']);
    const [line] = child.stdout === null ? [] : await once(child.stdout, 'data');
    const { url } = JSON.parse(String(line));

    const answer = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] });

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['a script that is no JSON', '{"turns":', 'script.json', 2],
    ['a script that does not fit', '{"schemaVersion":1}', 'name', 2],
  ])('refuses %s', async (_, content, word, code) => {
    const child = run(['--script', await fileOf(content), '--json']);

    const [said, [exit]] = await Promise.all([
      child.stderr === null ? '' : text(child.stderr),
      once(child, 'exit'),
    ]);

    expect(JSON.parse(said.split('\n').find((line) => line.startsWith('{')) ?? '')).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(word),
    });
    expect(exit).toBe(code);
  });
});
