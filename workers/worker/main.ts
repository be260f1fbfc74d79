import { Runtime, DefaultLogger } from '@temporalio/worker';

import { runWorker } from './run-worker.ts';
import { parseWorkerConfig, workerConfigVariable } from './worker-config.ts';

// A log that cannot be written, on a full disk for example, must not end the worker.
process.stderr.on('error', () => undefined);
process.stdout.on('error', () => undefined);

// The core logs to the console otherwise; stdout carries the ready line only.
Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
    process.stderr.write(`${JSON.stringify({ level, message, ...meta })}\n`);
  }),
  shutdownSignals: ['SIGTERM', 'SIGINT'],
});

// What only waits ends at once: the drain would wait for it.
const closing = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => closing.abort());

const config = parseWorkerConfig(process.env[workerConfigVariable]);
// SAFETY: it holds the password of the database, and tools read the environment.
delete process.env[workerConfigVariable];

try {
  await runWorker(config, {
    pid: process.pid,
    environment: process.env,
    onReady: () => process.stdout.write('{"ready":true}\n'),
    stop: (signal) => process.kill(process.pid, signal),
    isRoot: process.getuid?.() === 0,
    closing: closing.signal,
    warn: (message, fields) =>
      process.stderr.write(`${JSON.stringify({ level: 'WARN', message, ...fields })}\n`),
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
