import { canonicalJson } from '../../../storage/hashing.ts';
import type { StoredCall } from '../../../storage/readers.ts';

/**
 * Says in words what of a call is not as it was when it was asked for before. Empty without an earlier version. When
 * nothing else has changed that the digest covers, it is the tool itself.
 */
export function callDifferences(
  before: StoredCall | undefined,
  now: StoredCall | undefined,
): readonly string[] {
  if (before === undefined || now === undefined) return [];
  const seen = [
    ...(isSame(before.arguments, now.arguments) ? [] : ['the arguments are others']),
    ...moved('paths', pathsOf(before), pathsOf(now)),
    ...moved('commands', commandsOf(before), commandsOf(now)),
    ...moved('hosts', before.facts?.hosts ?? [], now.facts?.hosts ?? []),
    ...(isSame(before.preconditions, now.preconditions)
      ? []
      : ['what it would change is not as it was']),
    ...(isSame(before.verdict.policy, now.verdict.policy) ? [] : ['the policy is another one']),
  ];
  if (seen.length > 0) return seen;
  return isSame(before.facts, now.facts)
    ? ['the tool is another version of itself']
    : ['what it would touch is not as it was'];
}

function moved(name: string, before: readonly string[], now: readonly string[]): readonly string[] {
  if (isSame(before, now)) return [];
  return [`${name}: ${before.join(', ') || 'none'} → ${now.join(', ') || 'none'}`];
}

function pathsOf({ facts }: StoredCall): readonly string[] {
  return (facts?.paths ?? []).map(({ operation, path }) => `${operation} ${path}`);
}

function commandsOf({ facts }: StoredCall): readonly string[] {
  return (facts?.commands ?? []).map(({ argv }) => argv.join(' '));
}

function isSame(before: unknown, now: unknown): boolean {
  return canonicalJson(before) === canonicalJson(now);
}
