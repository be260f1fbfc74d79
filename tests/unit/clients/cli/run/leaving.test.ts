import { describe, expect, it } from '@jest/globals';

import type { HoldfastClient } from '../../../../../clients/holdfast-client.ts';
import type { WatchedItem } from '../../../../../clients/runs-client.ts';
import { runWith, scriptedPrompter } from './command-line.ts';
import { approvalDetail, event, fakeClient } from './fake-client.ts';

/** A run that goes on until it is left; `send` is called when it is followed, `again` when it is left. */
const waiting = (send: () => void, again = (): void => undefined): Partial<HoldfastClient> => ({
  watchRun: async function* watch(_, { signal }) {
    const isLeft = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
    yield event('run.status', { status: 'running' }) satisfies WatchedItem;
    send();
    await isLeft;
    again();
  },
});

describe('Ctrl-C at the question of an approval', () => {
  it('says that the run waits, and for which command', async () => {
    const approval = approvalDetail();
    const { approvalId, kind, subject } = approval;
    const opened = event('approval.opened', { approvalId, kind, subject });
    const client = fakeClient({ items: [opened], approvals: [approval] });

    const { code, stderr } = await runWith(['run', 'x'], {
      client,
      isTerminal: true,
      prompter: scriptedPrompter([]),
    });

    expect(code).toBe(130);
    expect(stderr).toContain('left run k1: it waits for you;');
    expect(stderr).toContain('answer with: holdfast approve k1/main/t2/c1/a1');
  });
});

describe('Ctrl-C', () => {
  it('leaves the run once, and cancels it twice', async () => {
    const sender: { press?: (signal: NodeJS.Signals) => void } = {};
    const interrupt = (send: (signal: NodeJS.Signals) => void): void => {
      sender.press = send;
    };
    const once = fakeClient({ overrides: waiting(() => sender.press?.('SIGTERM')) });
    const twice = fakeClient({
      overrides: waiting(
        () => sender.press?.('SIGINT'),
        () => sender.press?.('SIGINT'),
      ),
    });

    const left = await runWith(['run', 'x', '--watch'], { client: once, interrupt });
    const cancelled = await runWith(['run', 'x', '--watch'], { client: twice, interrupt });

    expect(left.code).toBe(130);
    expect(left.stderr).toContain('watch it with: holdfast runs watch k1');
    expect(once.calls.map(([name]) => name)).not.toContain('cancelRun');
    expect(cancelled.code).toBe(130);
    expect(twice.calls).toContainEqual(['cancelRun', 'run/default/k1', 'cancelled by Ctrl-C']);
  });
});
