import type { HomePaths } from '../../storage/home/home-paths.ts';
import type { VerifiedFacts } from '../../storage/home/verified-facts.ts';
import type { Environment } from './run-command.ts';

/** What every part of set-up works with. */
export interface ProvisionContext {
  readonly environment: Environment;
  readonly paths: HomePaths;
  readonly facts: VerifiedFacts;
  /** As Node names them: linux, darwin; x64, arm64. */
  readonly platform: string;
  readonly architecture: string;
  readonly isRoot: boolean;
  /** Names of parts that only some work needs, such as `python3-pytest`, and that are wanted now. */
  readonly optionalParts?: readonly string[];
  /** Tells the person what is going on, one line. */
  readonly progress: (text: string) => void;
}
