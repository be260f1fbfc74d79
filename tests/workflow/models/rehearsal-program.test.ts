import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { isRehearsalEvent } from '../../../domain/settings/rehearsal-messages.ts';

const program = fileURLToPath(new URL('../../../workers/rehearsal/main.ts', import.meta.url));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-rehearsal-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Starts the program as a command does: it is told by messages. */
function run(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function firstMessage(child: ChildProcess): Promise<unknown> {
  const [message]: unknown[] = await once(child, 'message');
  return message;
}

async function fileOf(content: string): Promise<string> {
  const path = join(directory, 'script.json');
  await writeFile(path, content);
  return path;
}

const script = {
  schemaVersion: 1,
  name: 's',
  model: 'm',
  turns: [{ reply: { text: 'hello' } }],
};

describe('the rehearsal program', () => {
  it('tells its address, answers, and ends when told', async () => {
    const child = run(['--script', await fileOf(JSON.stringify(script))]);
    const ready = await firstMessage(child);
    if (!isRehearsalEvent(ready) || ready.type !== 'ready') throw new Error('it is not ready');

    const answer = await fetch(`${ready.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] });

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends with the command that started it', async () => {
    const child = run(['--script', await fileOf(JSON.stringify(script))]);
    await firstMessage(child);

    child.disconnect();

    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['a script that is no JSON', '{"turns":', ['--script'], /script\.json is no JSON/],
    [
      'a script that does not fit',
      '{"schemaVersion":1}',
      ['--script'],
      /script\.json: the script does not fit: name is missing: it must be a text; model is missing/,
    ],
    ['nothing to play', '{}', [], /nothing is given/],
    [
      'a port that is none',
      JSON.stringify(script),
      ['--port', 'x', '--script'],
      /--port wants a whole number/,
    ],
  ])('refuses %s', async (_, content, args, message) => {
    const path = await fileOf(content);
    const child = run(args.length === 0 ? [] : [...args, path]);

    const [told, [exit]] = await Promise.all([firstMessage(child), once(child, 'exit')]);

    expect(told).toMatchObject({
      type: 'failed',
      error: { code: 'invalid_argument', message: expect.stringMatching(message) },
    });
    expect(exit).toBe(1);
  });
});
