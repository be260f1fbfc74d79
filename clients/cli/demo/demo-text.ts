import type { CommandContext } from '../command-context.ts';
import { padText } from '../output/text-width.ts';

const nameWidth = 9;

/** One line of what the demo found or did: a name, then the words. */
export function factLine({ output }: CommandContext, name: string, text: string): string {
  return `  ${output.talkStyles().dim(padText(name, nameWidth, 'left'))} ${text}`;
}
