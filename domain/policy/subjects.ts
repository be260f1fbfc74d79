import type { SimpleCommand } from '../commands/simple-command.ts';
import type { CallFacts, PathFact } from '../tools/facts.ts';

/** A part of a call that needs a verdict of its own. */
export type Subject =
  | { readonly type: 'command'; readonly command: SimpleCommand }
  | { readonly type: 'path'; readonly path: PathFact }
  | { readonly type: 'host'; readonly host: string }
  | { readonly type: 'call' };

/** Splits a call into its subjects, in the order of its facts; never empty. */
export function subjectsOf(facts: CallFacts): readonly Subject[] {
  const subjects: Subject[] = [
    ...facts.commands.map((command): Subject => ({ type: 'command', command })),
    ...facts.paths.map((path): Subject => ({ type: 'path', path })),
    ...facts.hosts.map((host): Subject => ({ type: 'host', host })),
  ];
  return subjects.length === 0 ? [{ type: 'call' }] : subjects;
}

/** A subject as a person reads it, at most 120 characters. */
export function describeSubject(subject: Subject, tool: string): string {
  switch (subject.type) {
    case 'command': {
      const via = subject.command.via.length === 0 ? '' : ` (in ${subject.command.via.join(', ')})`;
      return cut(`${subject.command.argv.join(' ')}${via}`);
    }
    case 'path':
      return cut(`${subject.path.operation} ${subject.path.path}`);
    case 'host':
      return cut(`host ${subject.host}`);
    case 'call':
      return tool;
  }
}

function cut(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
