import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';

import type { ReplayReport } from '../../domain/run/replay-report.ts';
import { replayRun } from './replay-run.ts';

// What diverged is told by the report, not by the log.
Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

// The program runs from the build; the bundle lies at its top.
const bundle = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
const [address = '', namespace = '', runId = ''] = process.argv.slice(2);

async function report(): Promise<ReplayReport> {
  const connection = await Connection.connect({ address });
  try {
    return await replayRun(new Client({ connection, namespace }), { runId, bundle });
  } finally {
    await connection.close();
  }
}

const result = await report().catch((error: unknown): ReplayReport => ({
  type: 'failed',
  message: error instanceof Error ? error.message : String(error),
}));
process.send?.(result, () => process.exit(0));
