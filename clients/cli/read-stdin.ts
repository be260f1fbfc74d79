import type { CommandContext } from './command-context.ts';

/** Everything that is piped into the command, as text. */
export async function readStdin({ stdin }: CommandContext): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of stdin) {
    text += typeof part === 'string' ? part : decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/** What is piped into the command, line by line, without the line breaks. */
export async function* stdinLines({ stdin }: CommandContext): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of stdin) {
    rest += typeof part === 'string' ? part : decoder.decode(part, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
