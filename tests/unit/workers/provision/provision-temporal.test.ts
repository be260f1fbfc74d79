import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { homePaths } from '../../../../storage/home/home-paths.ts';
import { openVerifiedFacts } from '../../../../storage/home/verified-facts.ts';
import type { ProvisionContext } from '../../../../workers/provision/provision-context.ts';
import {
  findTemporal,
  provisionTemporal,
} from '../../../../workers/provision/provision-temporal.ts';

function context(environment: ProvisionContext['environment'] = {}): ProvisionContext {
  const paths = homePaths(mkdtempSync(join(tmpdir(), 'holdfast-provision-')));
  mkdirSync(paths.cache);
  return {
    environment: { PATH: '/usr/bin:/bin', ...environment },
    paths,
    facts: openVerifiedFacts(paths.verifiedFacts),
    platform: 'linux',
    architecture: 'x64',
    isRoot: false,
    progress: () => undefined,
  };
}

function writeProgram(folder: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'temporal');
  writeFileSync(program, `#!/bin/sh\necho "temporal version ${version}"\n`);
  chmodSync(program, 0o755);
  return program;
}

function cacheProgram(provision: ProvisionContext, checksum: string): string {
  return writeProgram(join(provision.paths.cache, 'temporal', checksum), '1.9.1');
}

const checksum = createHash('sha256')
  .update('#!/bin/sh\necho "temporal version 1.9.1"\n')
  .digest('hex');

describe('findTemporal', () => {
  it('takes the address of a running server before all', async () => {
    const part = await findTemporal(context({ TEMPORAL_ADDRESS: 'temporal.example:7233' }));

    expect(part).toMatchObject({ state: 'found', where: 'temporal.example:7233' });
  });

  it('takes a program on the PATH that is new enough', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-path-'));
    const program = writeProgram(folder, '1.10.2');

    expect(await findTemporal(context({ PATH: `${folder}:/bin` }))).toMatchObject({
      state: 'found',
      where: program,
      version: '1.10.2',
    });
  });

  it('passes over an older one on the PATH, says why, and takes the cache', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-path-'));
    writeProgram(folder, '1.2.0');
    const provision = context({ PATH: `${folder}:/bin` });
    const cached = cacheProgram(provision, checksum);

    const part = await findTemporal(provision);

    expect(part).toMatchObject({ state: 'found', where: cached });
    expect(part.attempts).toEqual([
      { way: join(folder, 'temporal'), outcome: 'version 1.2.0 is older than 1.9.0' },
    ]);
  });

  it('removes a program of the cache that is not what its checksum says', async () => {
    const provision = context();
    const cached = cacheProgram(provision, 'f'.repeat(64));

    const part = await findTemporal(provision);

    expect(part.state).toBe('missing');
    expect(existsSync(cached)).toBe(false);
  });

  it('never replaces a program that the user named', async () => {
    const provision = context({ HOLDFAST_TEMPORAL_PROGRAM: '/nowhere/temporal' });
    cacheProgram(provision, checksum);

    const part = await provisionTemporal(provision);

    expect(part).toMatchObject({
      state: 'missing',
      attempts: [{ way: '/nowhere/temporal', outcome: 'is not an executable file' }],
    });
  });

  it('lists each look when there is none', async () => {
    const part = await findTemporal(context());

    expect(part.attempts.map(({ way }) => way)).toEqual(['temporal on the PATH', 'cache']);
    expect(part.mend).toBe('holdfast setup');
  });
});
