import type { ApplyRecords } from '../../../activities/tools/playbooks/apply/playbook-tools.ts';
import type { TaskResult } from '../../../domain/playbooks/apply/task-results.ts';
import type {
  KnownApply,
  RecordedChange,
} from '../../../storage/playbook-applies/playbook-applies.ts';
import { pollFor } from '../../support/poll.ts';

/** Records of applies that are kept in memory. */
export interface MemoryRecords extends ApplyRecords {
  /** Waits until the recorded changes of a call are as wanted. */
  readonly until: (
    callId: string,
    is: (changes: readonly RecordedChange[]) => boolean,
  ) => Promise<void>;
}

/** Makes records for tests without a database. */
export function memoryRecords(): MemoryRecords {
  const applies = new Map<string, KnownApply>();
  const results = new Map<string, Map<number, TaskResult>>();
  const seen = new Set<string>();
  const changes = (callId: string): readonly RecordedChange[] =>
    [...(results.get(callId)?.values() ?? [])]
      .toSorted((one, other) => one.position - other.position)
      .map(({ diffs, ...result }) => ({ ...result, diffHash: String(diffs.length) }));
  return {
    begin: (apply) => {
      const others = [...applies.values()].filter(({ callId }) => callId !== apply.callId);
      const isTaken = others.some(
        ({ rollsBack }) => rollsBack !== undefined && rollsBack === apply.rollsBack,
      );
      if (!isTaken) applies.set(apply.callId, { ...apply, status: 'running' });
      return Promise.resolve(!isTaken);
    },
    end: (callId, ended) => {
      const known = applies.get(callId);
      if (known !== undefined) applies.set(callId, { ...known, ...ended });
      return Promise.resolve();
    },
    find: (_, callId) => Promise.resolve(applies.get(callId)),
    rollbackOf: (_, callId) =>
      Promise.resolve([...applies.values()].find(({ rollsBack }) => rollsBack === callId)?.callId),
    put: ({ callId }, newer) => {
      const known = results.get(callId) ?? new Map<number, TaskResult>();
      for (const result of newer) known.set(result.position, result);
      results.set(callId, known);
      return Promise.resolve();
    },
    changes: (_, callId) => Promise.resolve(changes(callId)),
    seen: (_, content) => Promise.resolve(void seen.add(content)),
    isSeen: (_, content) => Promise.resolve(seen.has(content)),
    until: async (callId, is) => {
      await pollFor('the recorded changes', () => is(changes(callId)) || undefined);
    },
  };
}
