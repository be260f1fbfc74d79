import { type Command, InvalidArgumentError } from 'commander';

import type { CommandContext } from '../command-context.ts';
import { addExamples } from '../examples.ts';
import type { RehearseOptions } from './start-rehearsal.ts';

/** Registers `rehearse`: a model server that plays scripts and recordings. */
export function registerRehearse(program: Command, context: CommandContext): void {
  const command = program
    .command('rehearse')
    .description('serve scripted or recorded replies in place of a model; Ctrl-C ends it')
    .option('--script <file>', 'script to play; may be repeated', collect)
    .option('--replay <folder>', 'play the recordings of a folder')
    .option('--record <folder>', 'keep what a real endpoint answers in a folder')
    .option('--upstream <url>', 'the real endpoint')
    .option('--upstream-key-env <name>', 'environment variable with its key')
    .option('--host <address>', 'address to listen on (default: loopback)')
    .option('--port <port>', 'port to listen on (default: a free one)', parsePort)
    .option('--token-delay <ms>', 'wait between streamed tokens', parseMilliseconds)
    .action(async (options: RehearseOptions) => {
      const { startRehearsal } = await import('./start-rehearsal.ts');
      await startRehearsal(context, options);
    });
  addExamples(command, [
    'holdfast rehearse --script conversation.json --port 8199',
    'holdfast rehearse --record tape --upstream http://localhost:11434/v1',
    'holdfast rehearse --replay tape',
  ]);
}

function collect(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file];
}

function parsePort(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError('Write a port from 1 to 65535, or 0 for a free one.');
}

function parseMilliseconds(text: string): string {
  if (/^\d{1,6}$/.test(text)) return text;
  throw new InvalidArgumentError('Write milliseconds as a whole number.');
}
