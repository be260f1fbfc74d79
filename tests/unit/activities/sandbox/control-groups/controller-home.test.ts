import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { findControllerHome } from '../../../../../activities/sandbox/control-groups/controller-home.ts';
import type { Hierarchy } from '../../../../../activities/sandbox/control-groups/hierarchies.ts';

let mount = '';

beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'holdfast-cgroup-'));
});

afterEach(() => rmSync(mount, { recursive: true, force: true }));

/** Makes files as the kernel would; a plain folder does not fill itself. */
function files(content: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(join(mount, name, '..'), { recursive: true });
    writeFileSync(join(mount, name), text);
  }
}

const newer = (own = ''): Hierarchy => ({
  version: 'cgroup-v2',
  controllers: [],
  mount,
  own: join(mount, own),
});

describe('findControllerHome', () => {
  it('hands a controller of v2 down to where it is needed', () => {
    files({
      'cgroup.controllers': 'cpu memory pids',
      'unit/cgroup.subtree_control': '',
      'unit/holdfast/cgroup.subtree_control': '',
      'unit/holdfast/probe/memory.max': 'max',
    });

    const home = findControllerHome('memory', [newer('unit')], 'holdfast');

    // A plain folder with files in it cannot be removed as a control group can, so the probe fails last.
    expect(readFileSync(join(mount, 'unit/cgroup.subtree_control'), 'utf8')).toBe('+memory');
    expect(readFileSync(join(mount, 'unit/holdfast/cgroup.subtree_control'), 'utf8')).toBe(
      '+memory',
    );
    expect(typeof home).toBe('string');
  });

  it('says why there is no place', () => {
    expect(findControllerHome('memory', [], 'holdfast')).toBe(
      'no cgroup hierarchy with the memory controller is mounted',
    );
  });

  it('passes by a v2 hierarchy that lacks the controller', () => {
    files({ 'cgroup.controllers': 'cpu' });

    expect(findControllerHome('memory', [newer()], 'holdfast')).toContain('no cgroup hierarchy');
    expect(existsSync(join(mount, 'holdfast'))).toBe(false);
  });

  it('tells of every place it tried', () => {
    const older: Hierarchy = {
      version: 'cgroup-v1',
      controllers: ['pids'],
      mount,
      own: join(mount, 'me'),
    };
    mkdirSync(join(mount, 'me'));

    const reason = findControllerHome('pids', [older], 'holdfast');

    expect(reason).toContain(`${mount}/me: `);
    expect(reason).toContain(`, ${mount}: `);
  });
});
