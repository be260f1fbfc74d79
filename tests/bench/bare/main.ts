import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';

import { createBareActivities, type RequestPattern } from './bare-activities.ts';

/** What the bare worker is told in `HOLDFAST_WORKER_CONFIG`. */
interface BareConfig {
  readonly temporalAddress: string;
  readonly taskQueue: string;
  readonly identity: string;
  readonly modelUrl: string;
  readonly folder: string;
  readonly patternFile: string;
}

// Written by our own benchmark.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const config = JSON.parse(process.env['HOLDFAST_WORKER_CONFIG'] ?? '') as BareConfig;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const pattern = JSON.parse(readFileSync(config.patternFile, 'utf8')) as RequestPattern;

const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./bare-workflow.ts', import.meta.url)),
  preloadModules: ['@temporalio/workflow'],
  logger: new DefaultLogger('ERROR'),
});
const connection = await NativeConnection.connect({ address: config.temporalAddress });
// The same options as the product's worker.
const worker = await Worker.create({
  connection,
  taskQueue: config.taskQueue,
  identity: config.identity,
  workflowBundle,
  activities: { ...createBareActivities({ ...config, pattern }) },
  maxCachedWorkflows: 500,
  shutdownGraceTime: '10 seconds',
});
process.stdout.write('{"ready":true}\n');
await worker.run();
