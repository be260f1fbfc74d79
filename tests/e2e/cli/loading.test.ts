import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

/** Modules of Temporal's SDK that a program holds after it has loaded a file of the build. */
async function loadedFromSdk(file: string): Promise<readonly string[]> {
  const url = new URL(`../../../dist/${file}`, import.meta.url).href;
  const program = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(url)});
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify(loaded.filter((path) => path.includes('/@temporalio/'))));`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, args);
  const paths: unknown = JSON.parse(stdout);
  return Array.isArray(paths) ? paths.map(String) : [];
}

describe('what is loaded', () => {
  it.each([['clients/temporal/local-client.js'], ['clients/cli/program.js']])(
    'by %s is nothing of the Temporal SDK, so that reading does not wait for it',
    async (file) => {
      expect(await loadedFromSdk(file)).toEqual([]);
    },
  );

  it('by what starts runs is the SDK, so this test would see it', async () => {
    expect(await loadedFromSdk('clients/temporal/runs/send-messages.js')).not.toEqual([]);
  });
});
