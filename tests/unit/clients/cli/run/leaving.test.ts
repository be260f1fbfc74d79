import { describe, expect, it } from '@jest/globals';

import type { HoldfastClient } from '../../../../../clients/holdfast-client.ts';
import type { WatchedItem } from '../../../../../clients/runs-client.ts';
import { runWith } from './command-line.ts';
import { event, fakeClient } from './fake-client.ts';

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
