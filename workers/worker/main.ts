import { Runtime, DefaultLogger } from '@temporalio/worker';

import { Redactor } from '../../activities/redaction/redactor.ts';
import { runWorker } from './run-worker.ts';
import { parseWorkerConfig, workerConfigVariable } from './worker-config.ts';

// A log that cannot be written, on a full disk for example, must not end the worker.
process.stderr.on('error', () => undefined);
process.stdout.on('error', () => undefined);

const redactor = new Redactor();

/** SAFETY: the only way into the log, so that no secret gets there. */
function writeLog(text: string): void {
  process.stderr.write(`${redactor.line(text)}\n`);
}

function crash(error: unknown): void {
  writeLog(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

// Node would write the error as it is.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    crash(error);
    process.exit(1);
  });
}

// The core logs to the console otherwise; stdout carries the ready line only.
Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
    writeLog(JSON.stringify({ level, message, ...meta }));
  }),
  shutdownSignals: ['SIGTERM', 'SIGINT'],
});

// What only waits ends at once: the drain would wait for it. Who asks twice does not want to wait for the drain either.
const closing = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (closing.signal.aborted) process.exit(1);
    closing.abort();
  });
}

// Whoever is told before anything can be read anew has read nothing yet.
let reload: () => void = () => undefined;
process.on('SIGHUP', () => reload());

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
    redactor,
    onReload: (again) => {
      reload = again;
    },
    warn: (message, fields) => writeLog(JSON.stringify({ level: 'WARN', message, ...fields })),
  });
} catch (error) {
  crash(error);
  process.exitCode = 1;
}
// A call that ignores its end must not keep the process; what was logged is written, for both streams are synchronous.
process.exit();
