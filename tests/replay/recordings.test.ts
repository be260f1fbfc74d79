import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { replay, workflowBundle } from '../support/replay-histories.ts';

const folder = fileURLToPath(new URL('../recordings/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

interface RecordedEvent {
  readonly eventType: string;
  readonly [attributes: string]: unknown;
}

function read(name: string): { readonly events: readonly RecordedEvent[] } {
  return JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as ReturnType<typeof read>;
}

function changed(
  name: string,
  change: (text: string) => string,
): { readonly events: readonly RecordedEvent[] } {
  return JSON.parse(change(JSON.stringify(read(name)))) as ReturnType<typeof read>;
}

describe('the bundle', () => {
  it.each(names)('takes the same way again as recorded in %s', async (name) => {
    await replay(read(name), 'run/default/recorded');
  });

  it('is held against recordings of every interesting way', () => {
    expect(names.toSorted()).toEqual([
      'approval.json',
      'cancel.json',
      'continue-as-new-first.json',
      'continue-as-new-last.json',
      'plain.json',
      'unknown-effect.json',
    ]);
  });

  it.each([
    ['another activity', 'plain.json', '"name":"performReads"', '"name":"performCall"'],
    ['another order', 'plain.json', '"name":"invokeModel"', '"name":"closeRun"'],
    ['another end', 'approval.json', '"name":"announceApproval"', '"name":"announcePause"'],
  ])('is refused over a history with %s', async (_, name, from, to) => {
    const wrong = changed(name, (text) => text.replaceAll(from, to));
    expect(wrong).not.toEqual(read(name));

    await expect(replay(wrong, 'run/default/recorded')).rejects.toMatchObject({
      name: 'DeterminismViolationError',
    });
  });

  it('was recorded with the flags that make replays compare types of activities', () => {
    const [first] = read('plain.json').events.filter(
      ({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED',
    );
    expect(JSON.stringify(first)).toMatch(/"coreUsedFlags":\[[^\]]*1/);
  });

  it('holds no zod, which would cost every waiting run half a megabyte', () => {
    expect(readFileSync(workflowBundle, 'utf8')).not.toContain('node_modules/zod');
  });
});
