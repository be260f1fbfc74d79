import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { replay, workflowBundle } from '../support/runs/replay-histories.ts';

const folder = fileURLToPath(new URL('../recordings/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

function textOf(name: string): string {
  return readFileSync(`${folder}${name}`, 'utf8');
}

/** Of workflows that are no runs. */
const workflowIds = new Map([
  ['lock.json', 'lock/default/host/h1'],
  ['undo.json', 'undo/default/recorded/main/t1/c0'],
  ['upkeep.json', 'upkeep/default'],
]);

describe('the bundle', () => {
  it.each(names)('takes the same way again as recorded in %s', async (name) => {
    const workflowId = workflowIds.get(name) ?? 'run/default/recorded';

    await expect(replay(JSON.parse(textOf(name)), workflowId)).resolves.toBeUndefined();
  });

  it('is held against recordings of every interesting way', () => {
    expect(names.toSorted()).toEqual([
      'approval.json',
      'cancel.json',
      'continue-as-new-first.json',
      'continue-as-new-last.json',
      'lock.json',
      'locked-run.json',
      'plain.json',
      'undo.json',
      'unknown-effect.json',
      'upkeep.json',
    ]);
  });

  it.each([
    ['another activity', 'plain.json', '"name": "performReads"', '"name": "performCall"'],
    ['another order', 'plain.json', '"name": "invokeModel"', '"name": "closeRun"'],
    ['another end', 'approval.json', '"name": "announceApproval"', '"name": "announcePause"'],
  ])('is refused over a history with %s', async (...[, name, from, to]) => {
    const wrong = textOf(name).replaceAll(from, to);
    expect(wrong).not.toBe(textOf(name));

    const replayed = replay(JSON.parse(wrong), 'run/default/recorded');

    await expect(replayed).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });

  it('was recorded with the flags that make replays compare types of activities', () => {
    const flags = /"coreUsedFlags":\s*\[([^\]]*)\]/.exec(textOf('plain.json'))?.[1] ?? '';

    expect(flags.split(',').map(Number)).toEqual(expect.arrayContaining([1, 2, 3]));
  });

  it('holds no zod, which would cost every waiting run half a megabyte', () => {
    expect(readFileSync(workflowBundle, 'utf8')).not.toContain('node_modules/zod');
  });
});
