import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { homePaths } from '../../../../storage/home/home-paths.ts';
import { openVerifiedFacts } from '../../../../storage/home/verified-facts.ts';
import type { ProvisionContext } from '../../../../workers/provision/provision-context.ts';
import {
  findSystemTools,
  provisionSystemTools,
} from '../../../../workers/provision/system-tools.ts';

/** A machine whose programs are scripts in a folder: a Python of the user's own, and an apt-get that leaves a trace. */
function machine({ pythonSays = '', optionalParts = [] as readonly string[] }) {
  const paths = homePaths(mkdtempSync(join(tmpdir(), 'holdfast-optional-')));
  const programs = join(paths.root, 'programs');
  mkdirSync(programs);
  mkdirSync(paths.cache);
  const trace = join(paths.root, 'apt-get-was-here');
  const write = (name: string, script: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  for (const name of ['bwrap', 'git', 'rg']) write(name, 'echo 1.0.0');
  write(
    'python3',
    `case "$2" in *pytest*) ${pythonSays === '' ? 'echo "No module named pytest" >&2; exit 1' : `echo ${pythonSays}`};; *) echo 3.0.0;; esac`,
  );
  write('apt-get', `touch ${trace}`);
  const context: ProvisionContext = {
    environment: { PATH: `${programs}:/bin` },
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: 'linux',
    architecture: 'x64',
    isRoot: true,
    optionalParts,
    progress: () => undefined,
  };
  return { context, trace };
}

const wanted = ['python3-pytest'];

describe('optional parts', () => {
  it('are left alone unless they are asked for', async () => {
    const { context } = machine({});

    const names = (await findSystemTools(context)).map(({ name }) => name);

    expect(names).toEqual(['bubblewrap', 'git', 'ripgrep', 'python3-pip', 'python3-venv']);
  });

  it('are found where they are', async () => {
    const { context } = machine({ pythonSays: '9.2.0', optionalParts: wanted });

    const pytest = (await findSystemTools(context)).find(({ name }) => name === 'python3-pytest');

    expect(pytest).toMatchObject({ state: 'found', version: '9.2.0' });
  });

  it("are not put into a Python of the user's own, but named with the command that does", async () => {
    const { context, trace } = machine({ optionalParts: wanted });

    const parts = await provisionSystemTools(context);

    expect(parts.find(({ name }) => name === 'python3-pytest')).toMatchObject({
      state: 'missing',
      mend: 'python3 -m pip install pytest',
    });
    expect(existsSync(trace)).toBe(false);
  });
});
