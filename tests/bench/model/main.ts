import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import {
  chatRequestSchema,
  firstUserText,
  positionOf,
} from '../../../workers/rehearsal/chat-request.ts';
import { playScript } from '../../../workers/rehearsal/play-script.ts';
import { sendAnswer } from '../../../workers/rehearsal/send-answer.ts';
import { Gate, stepsMark, type GateCommand, type GateEvent } from './gate.ts';
import { askingScripts, benchScripts } from './scripts.ts';

// The rehearsal's own player behind a gate, in a process of its own, so that its work is nobody's step.

const tell = (event: GateEvent): void => void process.send?.(event);
const gate = new Gate(tell);
let isTelling = false;
let newest = '';

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  const text = Buffer.concat(parts).toString('utf8');
  const request = chatRequestSchema.parse(JSON.parse(text));
  if (isTelling) {
    isTelling = false;
    tell({ type: 'next' });
  }
  newest = text;
  const position = positionOf(request);
  const isCounted = firstUserText(request).includes(stepsMark);
  const asks = isCounted && (await gate.pass(position)) === 'question';
  await sendAnswer(
    response,
    playScript(asks ? askingScripts : benchScripts, request, () => 0),
    {
      isStreamed: request.stream === true,
      includesUsage: request.stream_options?.include_usage === true,
      tokenDelayMs: 0,
      id: `chatcmpl-bench-${position}`,
    },
  );
}

const server = createServer((incoming, response) => {
  answer(incoming, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  tell({ type: 'listening', url: `http://127.0.0.1:${address.port}/v1` });
});

function carryOut(command: GateCommand): void {
  switch (command.type) {
    case 'arm':
      gate.arm(command.runs, command.steps);
      return;
    case 'release':
      gate.release();
      return;
    case 'finish':
      gate.finish(command.by);
      return;
    case 'tell-next':
      isTelling = true;
      tell({ type: 'telling' });
      return;
    case 'show-request':
      tell({ type: 'request', body: newest });
  }
}

process.on('message', (command: GateCommand) => carryOut(command));
// Ends with the benchmark, however that ends.
process.on('disconnect', () => process.exit(0));
