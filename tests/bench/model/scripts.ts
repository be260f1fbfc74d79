import { parseScript } from '../../../workers/rehearsal/rehearsal-server.ts';
import type { Script } from '../../../workers/rehearsal/script-schema.ts';
import { stepsMark, waitsMark } from './gate.ts';

/** Name of the model that the scripts play. */
export const benchModel = 'bench';

/** Tokens of every answer: given, so that the server need not count. */
const usage = { promptTokens: 1_000, completionTokens: 20 };

const asking = {
  schemaVersion: 1,
  model: benchModel,
  turns: [
    {
      repeat: 100_000,
      reply: { toolCalls: [{ name: 'shell', arguments: { command: 'touch asked' } }], usage },
    },
  ],
} as const;

/** One file edit in every turn, without end; and one command that policy asks about. */
export const benchScripts: readonly Script[] = [
  parseScript({
    schemaVersion: 1,
    name: 'steps',
    model: benchModel,
    conversation: stepsMark,
    turns: [
      {
        repeat: 100_000,
        reply: {
          toolCalls: [
            {
              name: 'write_file',
              arguments: { path: 'notes-{{position}}.txt', content: 'step {{position}}\n' },
            },
          ],
          usage,
        },
      },
    ],
  }),
  parseScript({ ...asking, name: 'waits', conversation: waitsMark }),
];

/** Plays to any conversation what policy asks about. */
export const askingScripts: readonly Script[] = [parseScript({ ...asking, name: 'asks' })];
