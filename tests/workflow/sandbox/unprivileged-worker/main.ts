import type { SandboxCommand } from '../../../../activities/sandbox/sandbox-command.ts';
import { defaultSandboxLimits } from '../../../../activities/sandbox/sandbox-limits.ts';
import { createSandbox } from '../../../../activities/sandbox/sandbox.ts';

// A worker without root's rights that runs one command and prints what became of it: see unprivileged.test.ts.
const [, , stateFolder = '', workspace = '', script = '', how = 'plain'] = process.argv;

const sandbox = await createSandbox({
  stateFolder,
  environment: process.env,
  optionalLayers: ['memory', 'cpu'],
});
const command: SandboxCommand = {
  argv: ['/bin/sh', '-c', script],
  workspace,
  workspaceAccess: 'read-write',
  network: 'none',
  uid: 1,
  limits: { ...defaultSandboxLimits, processes: 20 },
};
const launch = { name: 'launch', handedOnBytes: 0, leavesRunning: () => false };
const outcome = await (how === 'plain' ? sandbox.run(command) : sandbox.runOnce(command, launch));
sandbox.close();
process.stdout.write(JSON.stringify(outcome));
