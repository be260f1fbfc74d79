import { z } from 'zod';

import { createSandbox } from '../../../../../activities/sandbox/sandbox.ts';
import { defaultSandboxLimits } from '../../../../../activities/sandbox/sandbox-limits.ts';

// A worker that runs one durable command, to be killed, stopped and continued: see durable-fixture.ts.
const order = z
  .object({
    stateFolder: z.string(),
    workspace: z.string(),
    uid: z.number(),
    name: z.string(),
    script: z.string(),
    leaseMs: z.number(),
    limits: z.record(z.string(), z.number()),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const { stateFolder, workspace, uid, name, script, leaseMs, limits } = order;
const sandbox = await createSandbox({ stateFolder, environment: process.env, leaseMs });
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
let handedOnBytes = 0;
try {
  const outcome = await sandbox.runOnce(
    {
      argv: ['/bin/sh', '-c', script],
      workspace,
      workspaceAccess: 'read-write',
      network: 'none',
      uid,
      limits: { ...defaultSandboxLimits, ...limits },
      onOutput: (chunk) => {
        handedOnBytes += chunk.byteLength;
        say({ text: Buffer.from(chunk).toString(), handedOnBytes });
      },
    },
    { name, handedOnBytes, leavesRunning: () => false },
  );
  const { status, exitCode, output } = outcome;
  say({ end: { status, exitCode, text: output.combined } });
} catch (error) {
  say({ failed: error instanceof Error ? `${error.name}: ${error.message}` : 'no error' });
}
sandbox.close();
