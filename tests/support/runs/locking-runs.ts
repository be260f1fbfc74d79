import type { RunRequest } from '../../../domain/run/run-request.ts';
import { readEvents } from '../../../storage/readers.ts';
import { rewriteCopy } from '../kill/kill-run.ts';
import { pollFor } from '../poll.ts';
import { workerOfOtherBuild } from './other-build.ts';
import type { RunHarness } from './run-harness.ts';
import { calling, goodbye, script, shell } from './run-scripts.ts';
import { start } from './running-runs.ts';

/** Policy of runs that hold locks: commands run unasked. */
export const lockingPolicy = {
  schemaVersion: 1,
  name: 'locking',
  mode: 'default',
  rules: [{ name: 'shell', tool: 'shell', verdict: 'allow' }],
  limits: { maxTurns: 20, timeoutSeconds: 300, maxCostMicroUsd: 5_000_000 },
};

/** A conversation with one command that takes these locks (`exclusive=host:h1`) and holds them until the file `go` is there. */
export function holding(name: string, ...locks: readonly string[]) {
  const command = `echo ${locks.join(' ')}; until [ -e go ]; do sleep 0.05; done; echo did >> did.txt`;
  return script(name, calling(shell(command)), goodbye);
}

/** A conversation with one command that takes these locks and ends by itself. */
export function passing(name: string, ...locks: readonly string[]) {
  return script(name, calling(shell(`echo ${locks.join(' ')}; sleep 0.5`)), goodbye);
}

/** The worker of a build in which the tool `shell` takes the locks that its command names. */
export function lockingWorker(): string {
  return workerOfOtherBuild({
    file: 'activities/tools/shell/shell-tool.js',
    from: 'preconditions: { path: folder },',
    to: `preconditions: { path: folder },
      locks: [...command.matchAll(/\\b(exclusive|shared)=([a-z]+:[\\w.-]+)/g)].map(([, mode, name]) => ({ mode, name })),`,
  });
}

/** Starts a run of a script under the policy that lets it work unasked. */
export async function startLocking(
  harness: RunHarness,
  name: string,
  request: Partial<RunRequest> = {},
): Promise<string> {
  const workspace = harness.makeProject({ 'a.txt': 'a\n' });
  return start(harness, name, { workspace, policy: 'locking', ...request });
}

/** Lets the command of a run end. */
export async function letGo(harness: RunHarness, runId: string): Promise<void> {
  await rewriteCopy(harness, runId, { go: '' });
}

/** When a run wrote an event of a type, in milliseconds since 1970. */
export async function timeOf({ db }: RunHarness, runId: string, type: string): Promise<number> {
  return pollFor(`${runId} writes ${type}`, async () => {
    const rows = await readEvents(db, runId, { after: 0, limit: 5_000 });
    const found = rows.find((row) => row.type === 'event' && row.event.type === type);
    return found?.type === 'event' ? Date.parse(found.event.at) : undefined;
  });
}
