import type { ApprovalDetail } from '../../../inbox-client.ts';

/** A pattern that covers a call and little more, for a person to change: first words of its commands, or its folder. */
export function suggestedPattern({ commands, paths, hosts }: ApprovalDetail): string {
  const [command] = commands;
  if (command !== undefined) return commandPattern(command);
  const [path] = paths;
  if (path !== undefined) return pathPattern(path.replace(/^(?:read|write) /, ''));
  return hosts[0] ?? '*';
}

function commandPattern(command: string): string {
  const [text = ''] = command.split('   (in ');
  const words = text.split(' ');
  return words.length <= 2 ? text : `${words.slice(0, 2).join(' ')} *`;
}

function pathPattern(path: string): string {
  const folder = path.lastIndexOf('/');
  return folder < 0 ? path : `${path.slice(0, folder)}/**`;
}
