import type { Retention } from '../../domain/retention/retention.ts';

/** Whose data are pruned, by which rules. */
export interface Pruning {
  readonly tenant: string;
  readonly retention: Retention;
  readonly nowMs: number;
  /** Readers of the chain that the settings name: others keep nothing back. Absent: all that were ever seen do. */
  readonly followers?: readonly string[];
  /** Who asked for it, for the audit. */
  readonly by: string;
  /** Called between the statements of a batch and behind each batch; tests end the process there. */
  readonly step?: (where: string) => void | Promise<void>;
}

/** What decides how old is too old. */
export type Rules = Pick<Pruning, 'tenant' | 'nowMs' | 'retention' | 'followers'>;

/** The moment before which something is too old. */
export function cutoff(nowMs: number, days: number): Date {
  return new Date(nowMs - days * 86_400_000);
}
