import { defaultSandboxLimits } from '../../../../activities/sandbox/sandbox-limits.ts';
import { createSandbox } from '../../../../activities/sandbox/sandbox.ts';

// A worker that runs one endless command and waits to be killed: see worker-death.test.ts.
const [, , stateFolder = '', workspace = '', uid = '', word = ''] = process.argv;

const sandbox = await createSandbox({ stateFolder, environment: process.env });
await sandbox.run({
  argv: [
    '/bin/sh',
    '-c',
    `setsid sh -c 'sleep ${word} & sleep ${word}' & echo ready; sleep ${word}`,
  ],
  workspace,
  workspaceAccess: 'read-write',
  network: 'none',
  uid: Number(uid),
  limits: { ...defaultSandboxLimits, wallMs: 600_000 },
  onOutput: (chunk) => process.stdout.write(chunk),
});
