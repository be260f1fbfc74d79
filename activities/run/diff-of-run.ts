import { HoldfastError } from '../../domain/failures.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { CloseRunInput } from '../../domain/run/activities.ts';
import { acknowledgeLoss } from '../../storage/workspaces/move-workspace.ts';
import type { WorkspaceDiff } from '../workspace/git/shadow.ts';
import type { RunDependencies } from './run-dependencies.ts';

/** What a run changed, and what has to be said about it. */
export interface RunDiff extends Pick<WorkspaceDiff, 'patch' | 'files'> {
  /** Why something may be missing in it; empty when nothing is. */
  readonly notes: readonly string[];
}

/**
 * What the run changed. A run must end also when its workspace is lost: then the result says so. What a restored
 * workspace lacks is said there too when nobody was told of it before.
 */
export async function diffOfRun(
  effects: RunDependencies['effects'],
  input: Pick<CloseRunInput, 'run' | 'pins'>,
): Promise<RunDiff> {
  const { db, workspaces, redactor } = effects;
  const { run, pins } = input;
  try {
    const { patch, files } = await workspaces.diff(pins.workspace);
    return { patch: redactor.bytes(patch), files, notes: [] };
  } catch (error) {
    if (!isWorkspaceLost(error)) throw error;
    const notes = [error.message];
    if (!isRestored(error)) return { patch: new Uint8Array(), files: [], notes };
    await acknowledgeLoss(db, run.runId);
    const restored = await diffOfRun(effects, input);
    return { ...restored, notes: [...notes, ...restored.notes] };
  }
}

/** True for what says that a workspace is lost, or lacks something. */
export function isWorkspaceLost(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.code === 'workspace_lost';
}

/** What is to be told stands there only when something came back. */
function isRestored({ details }: HoldfastError): boolean {
  return isJsonObject(details) && typeof details['tell'] === 'string';
}
