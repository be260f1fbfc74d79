import { bundleDelay } from '../../../domain/workspace/bundle-timing.ts';
import type { RunId } from '../../../domain/run/ids.ts';
import { appendEvents } from '../../../storage/events/append-events.ts';
import { saveProblem } from '../../../storage/workspaces/bundles.ts';
import { createSlots, type Slots } from '../git/slots.ts';
import {
  takeBundle,
  type BundleContext,
  type BundledWorkspace,
  type OpenDraft,
  type TakenBundle,
} from './take-bundle.ts';

/** What a bundler needs besides what bundles are made with. */
export interface BundlerOptions {
  readonly context: BundleContext;
  /** Waits until nothing of ours is at the workspace any more. */
  readonly settled: (workspaceId: string) => Promise<void>;
  /** Tells the operator that something has to be mended. */
  readonly warn: (message: string, fields: Readonly<Record<string, string>>) => void;
}

interface Waiting {
  readonly workspace: BundledWorkspace;
  sinceMs: number;
  failed: number;
  attemptedMs: number;
  draft: OpenDraft | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Puts workspaces into bundles in the background: one at a time, when nothing has begun in one for a moment, and at the
 * latest some time after its oldest change.
 */
export class Bundler {
  readonly #options: BundlerOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #slots: Slots = createSlots(1);
  #isClosed = false;

  constructor(options: BundlerOptions) {
    this.#options = options;
  }

  /** Says that something in a workspace may have changed, or that its run waits now. */
  arm(workspace: BundledWorkspace): void {
    const id = workspace.workspaceId;
    const known = this.#waiting.get(id);
    const waiting = known ?? {
      workspace,
      sinceMs: Date.now(),
      failed: 0,
      attemptedMs: 0,
      draft: undefined,
      timer: undefined,
    };
    this.#waiting.set(id, waiting);
    this.#wait(waiting);
  }

  /** Says that a call begins: whoever waits for quiet waits for its end. */
  hold(workspaceId: string): void {
    const waiting = this.#waiting.get(workspaceId);
    clearTimeout(waiting?.timer);
    if (waiting !== undefined) waiting.timer = undefined;
  }

  /** Ends every wait. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #wait(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    if (this.#isClosed) return;
    const timer = setTimeout(() => void this.#take(waiting), bundleDelay(waiting, Date.now()));
    waiting.timer = timer.unref();
  }

  async #take(waiting: Waiting): Promise<void> {
    waiting.timer = undefined;
    waiting.attemptedMs = Date.now();
    const { context, settled, warn } = this.#options;
    const { workspace } = waiting;
    try {
      const taken = await this.#slots(async () => {
        await settled(workspace.workspaceId);
        return this.#isClosed ? undefined : takeBundle(context, workspace, waiting.draft);
      });
      if (taken !== undefined) await this.#after(waiting, taken);
    } catch (error) {
      if (this.#isClosed) return;
      if (waiting.failed === 0) {
        const why = error instanceof Error ? error.message : String(error);
        warn('a workspace cannot be put into a bundle', { run: workspace.runId, error: why });
      }
      this.#again(waiting);
    }
  }

  async #after(waiting: Waiting, taken: TakenBundle): Promise<void> {
    switch (taken.type) {
      case 'busy':
        waiting.draft = taken.draft;
        return this.#again(waiting);
      case 'too-large':
        await tellTooLarge(this.#options.context, waiting.workspace, taken);
        return this.#done(waiting);
      case 'kept':
      case 'over':
        return this.#done(waiting);
    }
  }

  #again(waiting: Waiting): void {
    waiting.failed += 1;
    // The end of a call may have begun another wait already.
    if (waiting.timer === undefined) this.#wait(waiting);
  }

  #done(waiting: Waiting): void {
    waiting.draft = undefined;
    waiting.failed = 0;
    waiting.sinceMs = Date.now();
    if (waiting.timer === undefined) this.#waiting.delete(waiting.workspace.workspaceId);
  }
}

async function tellTooLarge(
  { db, host, maxBytes }: BundleContext,
  { workspaceId, runId }: { readonly workspaceId: string; readonly runId: RunId },
  { bytes, token, tenant }: Extract<TakenBundle, { readonly type: 'too-large' }>,
): Promise<void> {
  const problem = `it has ${megabytes(bytes)} MB, and bundles.maxMegabytes allows ${megabytes(maxBytes)}`;
  await db.transaction().execute(async (tx) => {
    const isNew = await saveProblem(tx, { workspaceId, tenant, runId, host, token, problem });
    if (!isNew) return;
    const events = [{ type: 'workspace.unkept' as const, data: { reason: problem } }];
    await appendEvents(tx, { runId, notes: [], events });
  });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}
