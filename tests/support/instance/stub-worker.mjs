// Stands in for the worker in tests of the supervision: says that it polls, and obeys signals. With STUB_WORKER=dies it
// ends right after its start, with STUB_WORKER=stubborn it ignores the request to end. With a file no-worker-starts in the
// data folder it ends before it polls.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const config = JSON.parse(process.env.HOLDFAST_WORKER_CONFIG);
if (existsSync(join(config.home, 'no-worker-starts'))) process.exit(3);
process.on('SIGTERM', () => {
  if (process.env.STUB_WORKER !== 'stubborn') process.exit(0);
});
// It has no secrets to read anew.
process.on('SIGHUP', () => undefined);
process.stdout.write(`${JSON.stringify({ ready: true, identity: config.identity })}\n`);
process.stdout.write('a line for the log\n');
if (process.env.STUB_WORKER === 'dies') process.exit(3);
setInterval(() => undefined, 1_000);
