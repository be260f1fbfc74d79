import type { LintReport } from '../../../domain/playbooks/lint-suggestions.ts';
import type { MatchTiers } from '../../playbooks/match/find-playbook.ts';

/** What the tools for playbooks ask besides the workspace. */
export interface PlaybookSources {
  /** How playbooks are found besides by name. `repository` gives undefined for a workspace without commits. */
  readonly tiers: (scope: {
    readonly tenant: string;
    readonly repository: () => Promise<string | undefined>;
  }) => MatchTiers;
  /**
   * Checks a playbook of these files.
   * @throws {HoldfastError} dependency_missing without the linter; not_found; timeout; execution_error.
   */
  readonly lint: (files: ReadonlyMap<string, string>, playbook: string) => Promise<LintReport>;
}
