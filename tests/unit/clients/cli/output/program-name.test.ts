import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { programName, withProgramName } from '../../../../../clients/cli/output/program-name.ts';
import { runLine } from '../context.ts';

let onPath: string;

beforeAll(() => {
  onPath = mkdtempSync(join(tmpdir(), 'holdfast-path-test-'));
  writeFileSync(join(onPath, 'holdfast'), '');
});

afterAll(() => rmSync(onPath, { recursive: true, force: true }));

describe('programName', () => {
  it.each([
    ['by itself', {}, 'holdfast'],
    ['by a script of npm', { npm_lifecycle_event: 'test' }, 'holdfast'],
    ['by npx', { npm_lifecycle_event: 'npx' }, 'npx holdfast'],
  ])('is what starts it again when it was started %s', (_, environment, name) => {
    expect(programName({ PATH: '/nonexistent', ...environment })).toBe(name);
  });

  it('is short where the shell finds it, but not for the folder that npx puts there', () => {
    const npx = { npm_lifecycle_event: 'npx' };

    expect(programName({ ...npx, PATH: `/nonexistent:${onPath}` })).toBe('holdfast');
    expect(programName({ ...npx, PATH: `${onPath}/node_modules/.bin` })).toBe('npx holdfast');
  });
});

describe('withProgramName', () => {
  it.each([
    ['start one with: holdfast up', 'start one with: npx holdfast up'],
    ['holdfast down, then holdfast up', 'npx holdfast down, then npx holdfast up'],
    ['Usage: holdfast [options]', 'Usage: npx holdfast [options]'],
    ['npx holdfast up', 'npx holdfast up'],
    ['mend holdfast.yaml in /opt/holdfast folder', 'mend holdfast.yaml in /opt/holdfast folder'],
  ])('turns "%s" into "%s"', (text, expected) => {
    expect(withProgramName(text, 'npx holdfast')).toBe(expected);
    expect(withProgramName(text, 'holdfast')).toBe(text);
  });
});

describe('a command that npx started', () => {
  const environment = { npm_lifecycle_event: 'npx', PATH: '/nonexistent', HOLDFAST_HOME: '/none' };

  it('names commands as they can be typed: in hints, suggestions and help', async () => {
    const [status, refused, document, help] = await Promise.all([
      runLine(['status'], { environment }),
      runLine(['runs', 'list'], { environment }),
      runLine(['runs', 'list', '--json'], { environment }),
      runLine(['runs', '--help'], { environment }),
    ]);

    expect(status.stderr).toContain('start one with: npx holdfast up\n');
    expect(refused.stderr).toContain('hint: start one with: npx holdfast up\n');
    expect(JSON.parse(document.stdout)).toMatchObject({
      suggestion: 'start one with: npx holdfast up',
    });
    expect(help.stdout).toContain('Usage: npx holdfast runs');
  });
});
