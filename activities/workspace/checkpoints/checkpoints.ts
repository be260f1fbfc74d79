import type { Shadow } from '../git/shadow-repository.ts';
import {
  addFile,
  addTree,
  importSteps,
  type FileStep,
  type OneFile,
  type StepLabel,
} from './chain.ts';

/** A call whose states are kept, and the number of its effect in the run. */
export interface KeptCall {
  readonly callId: string;
  readonly effectSeq: number;
}

/** What may wait beside a repository of states before it is taken in: uncompressed, and in one process then. */
const maxWaitingBytes = 1024 * 1024;
/** A file of states takes as much at least. */
const blockBytes = 4_096;

/**
 * Keeps the states between which calls change workspaces. A state is taken behind a call, while the model is asked: the
 * next call finds it there and does not wait. What this worker did not see, or a killed one did not get to, is taken
 * before the next call.
 */
export class Checkpoints {
  /** The newest state kept by this worker, by the id of the workspace: behind which effect, and whether it is there. */
  readonly #newest = new Map<
    string,
    { readonly effectSeq: number; readonly isKept: Promise<boolean> }
  >();

  /** What waits to be taken into the repository of states, by the id of the workspace. */
  readonly #waitingBytes = new Map<string, number>();

  /** Says that a workspace is as it was made: its baseline is its state. */
  isNew(id: string): void {
    this.#newest.set(id, { effectSeq: 0, isKept: Promise.resolve(true) });
  }

  /** Says that the files of a workspace are older ones from now on: what was kept of it counts no more. */
  forget(id: string): void {
    this.#newest.delete(id);
    this.#waitingBytes.delete(id);
  }

  /** Makes sure that the state before a call is kept. */
  async before(id: string, shadow: Shadow, { callId, effectSeq }: KeptCall): Promise<void> {
    const newest = this.#newest.get(id);
    // An effect in between was performed by another worker, or changed something without us.
    const isPresent = newest?.effectSeq === effectSeq - 1 && (await newest.isKept);
    if (isPresent) return;
    await this.#addTree(id, shadow, { when: 'before', callId });
    // Asked again without an effect in between, it is there.
    this.#newest.set(id, { effectSeq: effectSeq - 1, isKept: Promise.resolve(true) });
  }

  /** Begins to keep the state behind a call; `file` gives one when nothing else was changed. */
  after(
    id: string,
    shadow: Shadow,
    { callId, effectSeq, file }: KeptCall & { readonly file: () => Promise<OneFile | undefined> },
  ): void {
    const label = { when: 'after', callId } as const;
    const keep = async (): Promise<void> => {
      const changed = await file();
      if (changed === undefined) await this.#addTree(id, shadow, label);
      else await this.#addFile(id, shadow, { label, number: effectSeq, file: changed });
    };
    const isKept = keep().then(
      () => true,
      () => false,
    );
    this.#newest.set(id, { effectSeq, isKept });
  }

  async #addTree(id: string, shadow: Shadow, label: StepLabel): Promise<void> {
    await addTree(shadow, label);
    this.#waitingBytes.delete(id);
  }

  async #addFile(id: string, shadow: Shadow, step: FileStep): Promise<void> {
    await addFile(shadow, step);
    const bytes = (this.#waitingBytes.get(id) ?? 0) + blockBytes + step.file.content.byteLength;
    this.#waitingBytes.set(id, bytes);
    if (bytes < maxWaitingBytes) return;
    await importSteps(shadow);
    this.#waitingBytes.delete(id);
  }

  /** Waits until the state behind the last call is kept. */
  async settled(id: string): Promise<void> {
    await this.#newest.get(id)?.isKept;
  }
}
