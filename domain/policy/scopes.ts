import type { ScopedPolicy } from './judge.ts';
import type { PolicyScope } from './verdict.ts';

/** Name of the profile that counts for every run, when there is one. */
const organisationPolicy = 'organisation';

/** Longest name of a profile, in characters. */
const maxNameLength = 64;

/** What chooses the policies of a run. */
export interface PolicyChoice {
  /** Name of the profile that the run asked for. */
  readonly policy: string;
  readonly project: string;
}

/** A profile that counts for a run, by its name. */
interface NamedScope {
  readonly scope: PolicyScope;
  readonly name: string;
}

/**
 * The names of the policies that count for a run, widest scope first. Those of the organisation and the project count
 * when they are configured; the run's own has to be.
 */
export function scopeNames({ policy, project }: PolicyChoice): readonly NamedScope[] {
  return [
    { scope: 'organisation', name: organisationPolicy },
    { scope: 'project', name: projectPolicy(project) },
    { scope: 'run', name: policy },
  ];
}

/**
 * Gathers the policies of a run, widest scope first: for every run and for whoever asks what a run would be allowed.
 * `find` gives the profile of a name, undefined when there is none; for the run's own it may throw.
 */
export function gatherScopes(
  choice: PolicyChoice,
  find: (named: NamedScope) => Omit<ScopedPolicy, 'scope'> | undefined,
): readonly ScopedPolicy[] {
  return scopeNames(choice).flatMap((named) => {
    const found = find(named);
    return found === undefined ? [] : [{ ...found, scope: named.scope }];
  });
}

/**
 * Name of the profile that counts for every run of a project: `project-`, then the project in small letters, with a dash
 * for what a profile's name cannot hold. Projects that come to the same name share it.
 */
export function projectPolicy(project: string): string {
  const name = project.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  return `project-${name}`.slice(0, maxNameLength);
}
