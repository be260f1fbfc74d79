/** Who must approve: so many different people, each with one of the roles or named; anybody when both are empty. */
export interface Requirement {
  readonly quorum: number;
  readonly roles: readonly string[];
  readonly people: readonly string[];
}

/** One step of an escalation: from then on `to` (a role, or `person:NAME`) is told and may decide too. */
export interface EscalationStep {
  readonly afterSeconds: number;
  readonly to: string;
}

/** What becomes of an approval that nobody decided in time. */
export type TimeoutOutcome = 'reject' | 'approve' | 'escalate' | 'keep';

/** What one policy rule asks of the people who decide. */
export interface ApprovalRule extends Requirement {
  readonly separationOfDuties: boolean;
  readonly rejectQuorum: number;
  readonly expiresAfterSeconds: number;
  readonly onTimeout: TimeoutOutcome;
  /** Earliest first. */
  readonly escalation: readonly EscalationStep[];
  readonly reminder: boolean;
}

/** What all rules that asked for one call want together. */
export interface ApprovalTerms extends Omit<ApprovalRule, keyof Requirement> {
  /** Each must be met. */
  readonly requirements: readonly Requirement[];
}

/** An approval that nobody decided is rejected after this time. */
export const defaultExpirySeconds = 24 * 60 * 60;

/** What holds where a rule says nothing: one person, whoever it is. */
const defaultRule: ApprovalRule = {
  quorum: 1,
  roles: [],
  people: [],
  separationOfDuties: false,
  rejectQuorum: 1,
  expiresAfterSeconds: defaultExpirySeconds,
  onTimeout: 'reject',
  escalation: [],
  reminder: false,
};

/** The safest first: what leads to the least happening by itself. */
const safest: readonly TimeoutOutcome[] = ['reject', 'escalate', 'keep', 'approve'];

/**
 * Joins what several rules ask for one call: every requirement must be met, and of everything else the strictest
 * counts. Undefined stands for a rule that says nothing; the result is undefined when none says anything.
 */
export function joinRules(rules: readonly (ApprovalRule | undefined)[]): ApprovalTerms | undefined {
  if (rules.every((rule) => rule === undefined)) return undefined;
  const all = rules.map((rule) => rule ?? defaultRule);
  const steps = all.flatMap(({ escalation }) => escalation);
  return {
    requirements: distinct(all.map(({ quorum, roles, people }) => ({ quorum, roles, people }))),
    separationOfDuties: all.some((rule) => rule.separationOfDuties),
    rejectQuorum: Math.min(...all.map((rule) => rule.rejectQuorum)),
    expiresAfterSeconds: Math.min(...all.map((rule) => rule.expiresAfterSeconds)),
    onTimeout: safest.find((outcome) => all.some((rule) => rule.onTimeout === outcome)) ?? 'reject',
    escalation: distinct(steps).toSorted((a, b) => a.afterSeconds - b.afterSeconds),
    reminder: all.some((rule) => rule.reminder),
  };
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** True when one decision of anybody is enough, also of somebody whose name nobody proved. */
export function isForAnybody(terms: ApprovalTerms | undefined): boolean {
  if (terms === undefined) return true;
  const { requirements, separationOfDuties, rejectQuorum } = terms;
  return (
    !separationOfDuties &&
    rejectQuorum === 1 &&
    requirements.every(
      ({ quorum, roles, people }) => quorum === 1 && roles.length + people.length === 0,
    )
  );
}

/** The requirements in words, such as `2 of role sre`. */
export function termsInWords({ requirements, separationOfDuties }: ApprovalTerms): string {
  const words = requirements.map((requirement) => requirementInWords(requirement));
  const duties = separationOfDuties ? ', not who started or changed it' : '';
  return `${words.join(' and ')}${duties}`;
}

/** One requirement in words. */
export function requirementInWords({ quorum, roles, people }: Requirement): string {
  const who = [...roles.map((role) => `role ${role}`), ...people].join(' or ');
  if (who === '') return quorum === 1 ? '1 person' : `${quorum} people`;
  return `${quorum} of ${who}`;
}
