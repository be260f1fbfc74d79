import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

// Loaded into every thread of a worker (--import) by the benchmark. On SIGUSR2 each thread collects its garbage, and the
// main thread writes down what all of them hold.

interface Answer {
  readonly threadId: number;
  readonly heapBytes: number;
}

const channel = new BroadcastChannel('holdfast-bench-heap');
channel.unref();

function say(message: 'hello' | 'measure' | Answer): void {
  // A channel between threads has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel.postMessage(message);
}

function hear(listen: (message: unknown) => void): void {
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the types of Node know no other way
  channel.onmessage = (event: { data: unknown }) => listen(event.data);
}

function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'heapBytes' in message;
}

function heldBytes(): number {
  // Twice: what finalizers let go is collected the second time.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

if (isMainThread) {
  const folder = process.env['HOLDFAST_BENCH_HEAP'] ?? '';
  mkdirSync(folder, { recursive: true });
  let count = 0;
  let threads = 0;
  let answers: Answer[] = [];
  const write = (): void => {
    const file = join(folder, `${process.pid}-${count}.json`);
    writeFileSync(`${file}.new`, JSON.stringify(answers));
    renameSync(`${file}.new`, file);
  };
  hear((message) => {
    if (message === 'hello') threads += 1;
    if (!isAnswer(message)) return;
    answers.push(message);
    if (answers.length === threads + 1) write();
  });
  process.on('SIGUSR2', () => {
    count += 1;
    answers = [{ threadId, heapBytes: heldBytes() }];
    say('measure');
    if (threads === 0) write();
  });
} else {
  hear((message) => {
    if (message === 'measure') say({ threadId, heapBytes: heldBytes() });
  });
  say('hello');
}
