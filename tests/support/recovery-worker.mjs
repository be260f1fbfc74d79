// A worker of the SDK with one workflow and one activity, for tests of what happens when the process is killed. The
// first attempt of the activity never ends; the next one does.
import { fileURLToPath } from 'node:url';

import { Context } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';

const config = JSON.parse(process.env.HOLDFAST_WORKER_CONFIG);
Runtime.install({ shutdownSignals: [] });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: config.temporalAddress }),
  namespace: config.namespace,
  taskQueue: config.taskQueue,
  identity: config.identity,
  workflowsPath: fileURLToPath(new URL('./recovery-workflow.mjs', import.meta.url)),
  activities: {
    work: async () => {
      const { attempt } = Context.current().info;
      if (attempt === 1) await new Promise(() => undefined);
      return attempt;
    },
  },
});
process.on('SIGTERM', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await worker.run();
