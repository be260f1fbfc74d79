import type { Approval } from '../approval/approval.ts';
import type { Notification } from './notification.ts';

const personPrefix = 'person:';

/**
 * Roles and people that news of an approval is for: who an escalation reached just now, else everybody who may decide
 * by a requirement or an earlier escalation. Sorted by first mention, none twice.
 */
export function audienceOf(
  { terms, escalatedTo = [] }: Pick<Approval, 'terms' | 'escalatedTo'>,
  reached: string | undefined,
): NonNullable<Notification['audience']> {
  const steps = reached === undefined ? escalatedTo : [reached];
  const requirements = reached === undefined ? (terms?.requirements ?? []) : [];
  const roles = [
    ...requirements.flatMap((requirement) => requirement.roles),
    ...steps.filter((step) => !isPerson(step)),
  ];
  const people = [
    ...requirements.flatMap((requirement) => requirement.people),
    ...steps.filter((step) => isPerson(step)).map((step) => step.slice(personPrefix.length)),
  ];
  return { roles: [...new Set(roles)], people: [...new Set(people)] };
}

function isPerson(step: string): boolean {
  return step.startsWith(personPrefix);
}
