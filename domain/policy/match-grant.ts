import type { CallFacts } from '../tools/facts.ts';
import { allowsCommand, namesProgram } from './patterns/command-pattern.ts';
import { matchesGlob } from './patterns/glob.ts';
import type { Grant } from './grant.ts';
import { subjectsOf, type Subject } from './subjects.ts';

/** A call that waits for a person, and what people already granted. */
export interface GrantInput {
  readonly tool: string;
  readonly facts: CallFacts;
  /** The subjects that are asked for. */
  readonly asked: readonly Subject[];
  readonly grants: readonly Grant[];
}

/**
 * The grant that covers the first subject asked for, when grants cover all of them; undefined otherwise. A destructive
 * call and one that is not resolved are never covered, nor is a command with words the shell would still expand. A
 * program that is not known is covered only by a grant that names it.
 */
export function grantFor({ tool, facts, asked, grants }: GrantInput): Grant | undefined {
  if (facts.access === 'destructive' || facts.unresolved.length > 0 || asked.length === 0)
    return undefined;
  const own = grants.filter((grant) => grant.tool === tool);
  const found = asked.map((subject) => own.find((grant) => covers(grant, subject)));
  return found.includes(undefined) ? undefined : found[0];
}

/** True when a pattern would cover something of a call. */
export function coversSome(pattern: string, facts: CallFacts): boolean {
  return subjectsOf(facts).some((subject) => covers({ pattern }, subject));
}

function covers({ pattern }: Pick<Grant, 'pattern'>, subject: Subject): boolean {
  switch (subject.type) {
    case 'command':
      return (
        subject.command.expands !== true &&
        (subject.command.unknown !== true || namesProgram(pattern)) &&
        allowsCommand(pattern, subject.command.argv)
      );
    case 'path':
      return subject.path.glob !== true && matchesGlob(pattern, subject.path.path);
    case 'host':
      return matchesGlob(pattern, subject.host, 'text');
    case 'call':
      return pattern === '*' || pattern === '**';
  }
}
