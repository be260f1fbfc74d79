import type { PlaybookStart } from '../../../../activities/playbooks/run/playbook-runner.ts';
import { createPlaybookRunner } from '../../../../activities/playbooks/run/playbook-runner.ts';
import { createSandbox } from '../../../../activities/sandbox/sandbox.ts';

type Order = PlaybookStart & { readonly stateFolder: string; readonly path: string };

// A worker that runs one playbook, to be killed: see run-playbook.test.ts.
const { stateFolder, path, ...run }: Order = JSON.parse(process.argv[2] ?? '');
const sandbox = await createSandbox({ stateFolder, environment: { ...process.env, PATH: path } });
await createPlaybookRunner({
  sandbox,
  isRoot: true,
  secrets: () => Promise.reject(new Error('not asked without a vault')),
}).start({
  ...run,
  leavesRunning: () => false,
  handedOnBytes: 0,
  onEvent: (event, endByte) =>
    void process.stdout.write(`${JSON.stringify({ type: event.type, endByte })}\n`),
});
