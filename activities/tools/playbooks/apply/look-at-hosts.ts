import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  normalisedEntry,
  normalisedHosts,
} from '../../../../domain/playbooks/preview/normalised.ts';
import type { EntryMark } from '../../../../domain/playbooks/preview/preview-difference.ts';
import { previewFrom, type PlaybookPreview } from '../../../../domain/playbooks/preview/preview.ts';
import type { PlaybookRequest } from '../../../../domain/playbooks/playbook-request-schema.ts';
import { hashJson } from '../../../../storage/hashing.ts';
import type { CheckedPlaybook } from '../../../playbooks/run/playbook-runner.ts';
import { ToolError, type ToolContext } from '../../tool.ts';
import { asToolError } from './as-tool-error.ts';
import { playbookHeaderOf } from './playbook-header-of.ts';
import type { PlaybookTools } from './playbook-tools.ts';
import { contentOf } from './repository-content.ts';
import { requiredVariables } from './required-variables.ts';

/** Longest a look at the hosts takes; two of them fit into one attempt at a turn. Milliseconds. */
const lookMs = 10 * 60 * 1_000;
/** Characters of what Ansible printed that tell why it failed. */
const mostOutput = 3_000;

/** What a look at the hosts found. */
export interface LookedAt {
  readonly preview: PlaybookPreview;
  /** One for each entry, in their order. */
  readonly marks: readonly EntryMark[];
  /** Covers hosts and entries; the same as long as hosts and files are. */
  readonly digest: string;
  /** Hash of the inventories from outside of the repository. */
  readonly inventory: string;
}

/**
 * Runs a playbook in check mode and tells what it would do.
 * @throws {ToolError} execution_error when it did not come to its end, timeout, not_found, access_denied.
 * @throws the signal's reason.
 */
export async function lookAtHosts(
  tools: PlaybookTools,
  { workspace, signal }: Pick<ToolContext, 'workspace' | 'signal'>,
  { request, limitMs = lookMs }: { readonly request: PlaybookRequest; readonly limitMs?: number },
): Promise<LookedAt> {
  signal.throwIfAborted();
  const folder = join(tools.folder, `look-${randomUUID()}`);
  const { vaults } = await playbookHeaderOf(workspace.root, request.playbook);
  const requiredVars = await requiredVariables(workspace, request);
  const fromMs = Date.now();
  try {
    await mkdir(tools.folder, { recursive: true, mode: 0o711 });
    const checked = await asToolError(async () =>
      tools.runner.check({
        repository: workspace.root,
        uid: workspace.uid,
        folder,
        request,
        requiredVars,
        vaults,
        wallMs: Math.min(lookMs, limitMs),
        signal,
      }),
    );
    const preview = previewOf(checked);
    const time = { fromMs, untilMs: Date.now() };
    const marks = preview.entries.map((entry) => ({
      host: entry.host,
      task: entry.task,
      hash: hashJson(normalisedEntry(entry, time)),
    }));
    const inventory = await inventoryHash(folder);
    const digest = hashJson({ ...normalisedHosts(preview), marks });
    return { preview, marks, digest, inventory };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function previewOf({ events, outcome }: CheckedPlaybook): PlaybookPreview {
  const { exitCode, output, reason } = outcome;
  const tail = output.trim().slice(-mostOutput);
  if (exitCode === 127) {
    throw new ToolError(
      'dependency_missing',
      'ansible-playbook is not installed; ask a person to run holdfast setup --with ansible',
    );
  }
  const preview = previewFrom(events);
  if (exitCode === 124)
    throw new ToolError('timeout', `the look at the hosts took too long; ${reason ?? ''}`);
  if (preview === undefined) {
    throw new ToolError(
      'execution_error',
      `Ansible did not come to an end (code ${exitCode}):\n${tail}`,
    );
  }
  if (preview.hosts.length === 0) {
    throw new ToolError('invalid_argument', `no host matched:\n${tail}`);
  }
  if (preview.unreachable.length === preview.hosts.length) {
    throw new ToolError('unavailable', `none of ${preview.hosts.join(', ')} answers:\n${tail}`);
  }
  return preview;
}

/** The copies of inventories in the folder of a run. */
async function inventoryHash(folder: string): Promise<string> {
  if (!existsSync(folder)) return hashJson([]);
  const names = (await readdir(folder)).filter((name) => name.startsWith('inventory-')).toSorted();
  return hashJson(await Promise.all(names.map(async (name) => contentOf(join(folder, name)))));
}
